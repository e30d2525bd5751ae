package dev.atrium.starter.task;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What a passage can tell of a subject: who leads a project, where a meeting is. */
enum Relation {
  LEAD(Kind.PROJECT, Kind.PERSON),
  BUDGET(Kind.PROJECT, Kind.AMOUNT),
  DEADLINE(Kind.PROJECT, Kind.DAY),
  DEPARTMENT(Kind.PERSON, Kind.DEPARTMENT),
  PHONE(Kind.PERSON, Kind.EXTENSION),
  OFFICE(Kind.PERSON, Kind.OFFICE),
  MAIL(Kind.PERSON, Kind.MAIL),
  AWAY(Kind.PERSON, Kind.DAY),
  TIME(Kind.EVENT, Kind.TIME),
  PLACE(Kind.EVENT, Kind.ROOM),
  DAY(Kind.EVENT, Kind.DAY),
  HOST(Kind.EVENT, Kind.PERSON),
  PRICE(Kind.PRODUCT, Kind.AMOUNT),
  STOCK(Kind.PRODUCT, Kind.NUMBER),
  SUPPLIER(Kind.PRODUCT, Kind.COMPANY),
  TOTAL(Kind.CODE, Kind.AMOUNT),
  CUSTOMER(Kind.CODE, Kind.COMPANY),
  DELIVERY(Kind.CODE, Kind.DAY),
  OPENS(Kind.CITY, Kind.TIME),
  MANAGER(Kind.CITY, Kind.PERSON),
  STAFF(Kind.CITY, Kind.NUMBER),
  CONTACT(Kind.COMPANY, Kind.PERSON),
  DISCOUNT(Kind.COMPANY, Kind.PERCENT);

  /** What subjects and values are. */
  enum Kind {
    PERSON(Entities::person),
    PROJECT(Entities::project),
    EVENT(Entities::event),
    PRODUCT(Entities::product),
    CODE(Entities::code),
    CITY(Entities::city),
    COMPANY(Entities::company),
    DEPARTMENT(Entities::department),
    AMOUNT(Entities::amount),
    DAY(Entities::day),
    TIME(Entities::time),
    ROOM(Entities::room),
    OFFICE(Entities::office),
    MAIL(Entities::mail),
    EXTENSION(Entities::extension),
    NUMBER(entities -> entities.number(12, 400)),
    PERCENT(Entities::percent);

    private final Function<Entities, String> supply;

    Kind(Function<Entities, String> supply) {
      this.supply = supply;
    }

    String draw(Entities entities) {
      return supply.apply(entities);
    }

    /** Whether it reads well in a sentence of the other language. */
    boolean travels() {
      return this != EVENT && this != PRODUCT;
    }
  }

  private static final List<Relation> ALL = List.of(values());

  private final Kind subject;
  private final Kind value;

  Relation(Kind subject, Kind value) {
    this.subject = subject;
    this.value = value;
  }

  Kind subject() {
    return subject;
  }

  Kind value() {
    return value;
  }

  static List<Relation> all() {
    return ALL;
  }

  /** All that can be told of the same kind of subject, this one too. */
  List<Relation> ofSameSubject() {
    return Arrays.stream(values())
      .filter(other -> other.subject == subject)
      .toList();
  }

  /** The section of its wordings: {@code lead.told}. */
  String section(String part) {
    return name().toLowerCase(Locale.ROOT) + "." + part;
  }
}
