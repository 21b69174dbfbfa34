// Whether a pod may go to a machine, by the plain reading of Kubernetes' rules: slow, and with nothing of the code that it
// judges. It says the first rule that is broken.
import {
  type Company,
  type Expression,
  type Machine,
  MOST_PODS,
  nameOf,
  type Wish,
} from './placement-worlds.ts';

export interface Seated {
  readonly wish: Wish;
  /** Index of its machine. */
  readonly at: number;
}

export interface World {
  readonly machines: readonly Machine[];
  readonly there: readonly Seated[];
}

type Labels = Readonly<Record<string, string | undefined>>;

/** Undefined: it may. */
export function whyNot(wish: Wish, at: number, world: World): string | undefined {
  const machine = world.machines[at];
  if (!machine?.ready || machine.cordoned) return 'takes no pods';
  if (!isMeant(wish, machine)) return 'selectors';
  const { taint } = machine;
  if (taint && taint !== 'PreferNoSchedule' && !wish.tolerates) return 'taint';
  const here = world.there.filter((one) => one.at === at).map((one) => one.wish);
  if (here.length >= MOST_PODS) return 'pods';
  // Who asks for nothing does not care that too much is taken.
  const taken = here.reduce((sum, one) => sum + one.millicpu, 0);
  if (wish.millicpu > 0 && taken + wish.millicpu > machine.millicpu) return 'cpu';
  if (wish.port !== undefined && here.some(({ port }) => port === wish.port)) return 'port';
  if (!hasCompany(wish, at, world)) return 'affinity';
  if (isUnwelcome(wish, at, world)) return 'anti-affinity';
  return isEven(wish, at, world) ? undefined : 'spread';
}

function labelsOf({ machines }: World, at: number): Labels {
  const { rack, disk, cores } = machines[at] ?? {};
  const name = nameOf(at);
  return {
    ...{ rack, disk, cores, place: 'home' },
    'longshore.dev/agent': name,
    'longshore.dev/agent-domain': name,
  };
}

function isMeant({ disk, selector, nodeTerms }: Wish, machine: Machine): boolean {
  const holds = ({ key, operator, values }: Expression) => {
    const value = machine[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      case 'Gt':
        return Number(value) > Number(values[0]);
      case 'Lt':
        return Number(value) < Number(values[0]);
    }
  };
  if (disk !== undefined && machine.disk !== disk) return false;
  if (nodeTerms && !nodeTerms.some((term) => term.length > 0 && term.every(holds))) return false;
  switch (selector) {
    case 'nonsense is':
      return false;
    case 'rack=left':
      return machine.rack === 'left';
    case '!disk':
      return machine.disk === undefined;
    case 'rack in (left,right)':
      return machine.rack !== undefined;
    case undefined:
      return true;
  }
}

/** `from` has the term, `other` may be meant by it. */
function means({ app, among }: Company, from: Wish, other: Wish): boolean {
  const isInNamespace = among === 'all' || other.namespace === (among ?? from.namespace);
  return isInNamespace && other.app === app;
}

/** What the node carries for all its machines the scheduler has judged. */
const isOurs = ({ key }: { readonly key: string }) => key !== 'place';

function hasCompany(wish: Wish, at: number, world: World): boolean {
  const labels = labelsOf(world, at);
  const terms = wish.together.filter(isOurs);
  const isMeantByAll = (other: Wish) => wish.together.every((term) => means(term, wish, other));
  const placesOf = ({ key }: Company) =>
    world.there
      .filter((other) => isMeantByAll(other.wish))
      .flatMap((other) => labelsOf(world, other.at)[key] ?? []);
  const isFirst = terms.every((term) => placesOf(term).length === 0) && isMeantByAll(wish);
  return terms.every((term) => {
    const own = labels[term.key];
    return own !== undefined && (isFirst || placesOf(term).includes(own));
  });
}

function isUnwelcome(wish: Wish, at: number, world: World): boolean {
  const labels = labelsOf(world, at);
  return world.there.some((other) => {
    const isNear = ({ key }: Company) =>
      labels[key] !== undefined && labels[key] === labelsOf(world, other.at)[key];
    const shuns = ({ apart }: Wish, from: Wish, whom: Wish) =>
      apart !== undefined && isNear(apart) && means(apart, from, whom);
    return shuns(wish, wish, other.wish) || shuns(other.wish, other.wish, wish);
  });
}

/** As the scheduler counts: on machines that the pod may mean and that are in a domain of every constraint. */
function isEven(wish: Wish, at: number, world: World): boolean {
  const rules = wish.spread.filter(isOurs);
  const counted = world.machines.flatMap((machine, index) => {
    const labels = labelsOf(world, index);
    const counts =
      machine.ready && isMeant(wish, machine) && rules.every(({ key }) => labels[key] !== undefined);
    return counts ? [{ index, labels }] : [];
  });
  return rules.every(({ app, key, maxSkew, minDomains = 1 }) => {
    const own = labelsOf(world, at)[key];
    const domains = [...new Set(counted.map(({ labels }) => labels[key]))];
    if (own === undefined) return false;
    const isCounted = (other: Seated) =>
      other.wish.app === app && other.wish.namespace === wish.namespace && !other.wish.leaving;
    const sizeOf = (domain: string | undefined) => {
      const indexes = counted.filter(({ labels }) => labels[key] === domain).map(({ index }) => index);
      return world.there.filter((other) => indexes.includes(other.at) && isCounted(other)).length;
    };
    const least = domains.length < minDomains ? 0 : Math.min(...domains.map(sizeOf));
    return sizeOf(own) + (wish.app === app ? 1 : 0) - least <= maxSkew;
  });
}
