package dev.atrium.hub.generation;

import dev.atrium.hub.admission.AdmissionControl;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.budget.BudgetLedger;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.hub.inference.InferenceClient;
import dev.atrium.hub.inference.NodeDirectory;

/** The other rooms that an answer passes through. */
public record Rooms(
  Db db,
  AdmissionControl admission,
  ConversationStore conversations,
  BudgetLedger budget,
  AuditTrail audit,
  NodeDirectory nodes,
  InferenceClient client,
  HubLink hubs
) {}
