// Addresses for a Docker network of a test's own: at random, so that tests that run beside each other seldom meet, in a
// range that no controller gives by default.
export function freePodCidr(): string {
  const part = () => Math.floor(Math.random() * 256);
  return `198.${18 + (part() % 2)}.${part()}.0/24`;
}
