// Addresses for a Docker network of a test's own: at random, so that tests that run beside each other seldom meet, in a
// range that no controller gives by default, and none that this machine has a route to.
import { readFileSync } from 'node:fs';

export function freePodCidr(): string {
  const part = () => Math.floor(Math.random() * 256);
  for (;;) {
    const [second, third] = [18 + (part() % 2), part()];
    if (!isRouted([198, second, third, 0])) return `198.${second}.${third}.0/24`;
  }
}

function isRouted(address: readonly number[]): boolean {
  // The kernel writes addresses with their last part first.
  const destination = address
    .toReversed()
    .map((part) => part.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  const routes = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
  return routes.some((route) => route.split('\t')[1] === destination);
}
