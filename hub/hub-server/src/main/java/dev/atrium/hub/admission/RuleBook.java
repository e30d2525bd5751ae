package dev.atrium.hub.admission;

import dev.atrium.policy.permission.Departments;
import dev.atrium.policy.permission.Rules;

/**
 * All rules as of one version of the database's counter of changes, or a later one.
 *
 * @param limitsRequests whether anybody's requests are limited
 * @param limitsTokens whether anybody's tokens are limited
 * @param sensitivity what is sensitive, and what becomes of it
 */
record RuleBook(
  long version,
  Rules rules,
  Departments departments,
  boolean limitsRequests,
  boolean limitsTokens,
  Sensitivity sensitivity
) {}
