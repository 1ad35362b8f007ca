package org.sluicemta.dns;

/// A destination, and what the sender can reach it by.
public record PlanQuestion(Destination destination, Families families) {}
