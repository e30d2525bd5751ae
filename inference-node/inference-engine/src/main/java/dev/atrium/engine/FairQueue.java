package dev.atrium.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sequences that wait, and the account of work by which they are served: the department that got
 * the least tokens is next, in it the user who got the least, of theirs the oldest sequence. Work is
 * every token that is computed, of prompts and of answers alike.
 *
 * <p>A prompt's tokens are booked when the sequence gets its place, so that a flood that arrives while
 * places are free does not take them all on credit; what was not computed in the end is booked back.
 */
final class FairQueue {

  /** Where the work of a sequence is booked for as long as it could go on. */
  private record Account(Shares.Share department, Shares.Share user) {}

  private final Shares departments = new Shares();
  private final Map<String, Shares> users = new HashMap<>();
  private final Map<Sequence, Account> sharing = new HashMap<>();
  private final List<Sequence> waiting = new ArrayList<>();

  /** A party has a share for as long as a sequence of it could go on; called when that changed. */
  void update(Sequence sequence) {
    Party party = sequence.party();
    if (!sequence.hasCredit()) {
      rest(sequence);
    } else if (!sharing.containsKey(sequence)) {
      Shares theirs = users.computeIfAbsent(party.department(), _ -> new Shares());
      sharing.put(
        sequence,
        new Account(departments.join(party.department()), theirs.join(party.user()))
      );
    }
  }

  /** The sequence has ended. */
  void leave(Sequence sequence) {
    waiting.remove(sequence);
    rest(sequence);
  }

  private void rest(Sequence sequence) {
    if (sharing.remove(sequence) == null) {
      return;
    }
    Party party = sequence.party();
    departments.leave(party.department());
    Shares theirs = users.get(party.department());
    theirs.leave(party.user());
    if (theirs.size() == 0) {
      users.remove(party.department());
    }
  }

  void add(Sequence sequence) {
    waiting.add(sequence);
  }

  void remove(Sequence sequence) {
    waiting.remove(sequence);
  }

  int size() {
    return waiting.size();
  }

  /** Whether one of those who wait could go on if it had a place. */
  boolean anyHasCredit() {
    return waiting.stream().anyMatch(Sequence::hasCredit);
  }

  List<Sequence> waiting() {
    return List.copyOf(waiting);
  }

  /** Books tokens of work for the sequence's party; negative to book back. */
  void charge(Sequence sequence, int tokens) {
    Account account = sharing.get(sequence);
    if (account != null) {
      account.department.charge(tokens);
      account.user.charge(tokens);
      return;
    }
    Party party = sequence.party();
    departments.charge(party.department(), tokens);
    Shares theirs = users.get(party.department());
    if (theirs != null) {
      theirs.charge(party.user(), tokens);
    }
  }

  /** Who has got less comes first; then who is older. */
  Comparator<Sequence> byWork() {
    return Comparator.comparingLong((Sequence s) -> departments.work(s.party().department()))
      .thenComparingLong(s -> workOfUser(s.party()))
      .thenComparingLong(Sequence::arrival);
  }

  private long workOfUser(Party party) {
    Shares theirs = users.get(party.department());
    return theirs == null ? 0 : theirs.work(party.user());
  }

  /** Those who wait in the order in which they will get their places, as far as it is known now. */
  List<Sequence> order() {
    Map<String, Long> work = new HashMap<>();
    Map<Party, Long> theirWork = new HashMap<>();
    for (Sequence s : waiting) {
      Party party = s.party();
      work.put(party.department(), departments.work(party.department()));
      theirWork.put(party, workOfUser(party));
    }
    Comparator<Sequence> next = Comparator.comparingLong((Sequence s) ->
      work.get(s.party().department())
    )
      .thenComparingLong(s -> theirWork.get(s.party()))
      .thenComparingLong(Sequence::arrival);
    List<Sequence> left = new ArrayList<>(waiting);
    List<Sequence> order = new ArrayList<>();
    while (!left.isEmpty()) {
      Sequence first = left.stream().min(next).orElseThrow();
      left.remove(first);
      order.add(first);
      work.merge(first.party().department(), (long) first.pending(), Long::sum);
      theirWork.merge(first.party(), (long) first.pending(), Long::sum);
    }
    return order;
  }
}
