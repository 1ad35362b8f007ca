package org.sluicemta.world;

/// What a web server answered.
public sealed interface WebAnswer {
    /// The document.
    ///
    /// @param etag its version as the server names it, to be sent back in [WebPlan#etag]; empty for none
    record Document(byte[] bytes, String etag) implements WebAnswer {}

    /// It is still the version of [WebPlan#etag].
    record Unchanged() implements WebAnswer {}

    /// Any other status than 200 and 304.
    record Refused(int status) implements WebAnswer {}

    /// It is larger than [WebPlan#mostBytes].
    record TooLarge() implements WebAnswer {}

    /// A redirect that is not followed: too many, to no address, or from `https` to `http`.
    ///
    /// @param why for a person, without addresses
    record Strayed(String why) implements WebAnswer {}
}
