// How much is taken in, in one place: what the README and /docs state is what is set here. Counts are per replica; bytes
// and times hold for each request.

const KIB = 1024

export const LIMITS = {
  /** Bodies on /v1; `POST /v1/consents/check` with 1,000 recipients fits many times over. */
  bodyBytes: 512 * KIB,
  /** Bodies of sends. Meta's own limits add up to far less: text 4,096, a template with all its parameters some tens of kilobytes. */
  sendBodyBytes: 256 * KIB,
  /** Bodies of `POST /v1/messages`: a thousand templates of 4 KB each. */
  queueBodyBytes: 4 * KIB * KIB,
  /** Meta's webhooks have up to 3 MB and 1,000 updates; a 413 would be redelivered for a week. */
  webhookBodyBytes: 4 * KIB * KIB,
  /** Recipients of one `POST /v1/consents/check`, messages of one `POST /v1/messages`. */
  batch: 1_000,
  /** All headers of a request together. */
  headerBytes: 16 * KIB,
  /** Path and query; nothing that has a place in a URL here is longer. */
  urlBytes: 4 * KIB,
  /** A request's headers must be there within this, so that slow senders do not hold connections. */
  headersMs: 15_000,
  /** A whole request must be there within this: a file of 100 MB at 7 Mbit/s. */
  requestMs: 120_000,
  /** A connection on which nothing moves; longer than the longest answer, which waits for Meta and a stop's wire. */
  silenceMs: 60_000,
  /** A connection between requests; longer than the 60 s after which load balancers drop theirs, so that they do it first. */
  keepAliveMs: 72_000,
  /** Requests of one key within a minute: 1,000 messages a second for each of two numbers. A key may have its own limit. */
  requestsPerMinute: 120_000,
  /** Requests without a good key from one address (IPv6: /64) within a minute. */
  failuresPerMinute: 300,
} as const
