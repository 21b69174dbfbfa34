// The values flags take, read from text. Each throws commander's InvalidArgumentError, which names the flag.
import { InvalidArgumentError } from 'commander';
import { parseImageReference } from '../../common/image-reference.ts';
import { isLabelKey, isLabelValue } from '../../common/labels.ts';
import { isAgentName } from '../../common/names.ts';

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(?:\d{1,6}[smhd])+$/;

/** `90s`, `10m`, `1h30m`, `7d`: in seconds. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) {
    throw new InvalidArgumentError('Expected a duration such as 90s, 10m, 1h30m or 7d.');
  }
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit]) => {
    return sum + Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  }, 0);
}

export interface DurationBounds {
  readonly min: string;
  readonly max: string;
}

export function durationBetween({ min, max }: DurationBounds): (text: string) => number {
  const [minSeconds, maxSeconds] = [parseDuration(min), parseDuration(max)];
  return (text) => {
    const seconds = parseDuration(text);
    if (seconds >= minSeconds && seconds <= maxSeconds) return seconds;
    throw new InvalidArgumentError(`Expected a duration from ${min} to ${max}.`);
  };
}

/** HOST:PORT; an IPv6 address in brackets. */
export function parseAddress(text: string): string {
  const [, port] =
    /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9.])?):(\d{1,5})$/
      .exec(text)
      ?.slice(1) ?? [];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return text;
  throw new InvalidArgumentError('Expected HOST:PORT, such as controller.example:7443 or [fd00::1]:7443.');
}

export function parseAgentName(text: string): string {
  if (isAgentName(text)) return text;
  throw new InvalidArgumentError(
    'Agent names are lower-case letters, digits and dashes, at most 63, and start and end with no dash.',
  );
}

/** One more name, each once. */
export function parseAgentNames(text: string, before: readonly string[] = []): string[] {
  return [...new Set([...before, parseAgentName(text)])];
}

export function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 0 to 999999.');
}

/** As kubectl takes it: whole seconds. */
export function parseGraceSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of seconds.');
}

export function parsePodName(text: string): string {
  if (text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of a pod.');
}

export function parseNamespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of a Kubernetes namespace.');
}

/** One `key=value`, added to those before it. */
export function collectLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf('=');
  const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals < 0 || !isLabelKey(key) || !isLabelValue(value)) {
    throw new InvalidArgumentError('Expected key=value as Kubernetes labels have it, such as zone=garage.');
  }
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The label ${key} is given twice.`);
  return { ...before, [key]: value };
}

export function parseImage(text: string): string {
  if (parseImageReference(text)) return text;
  throw new InvalidArgumentError('Expected an image, such as nginx:1.29 or registry.example/team/app:2.');
}

export function parseParallel(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 1 to 100.');
}

/** NAMESPACE/NAME. */
export function parseSecretName(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([a-z0-9][-a-z0-9]{0,62})\/([a-z0-9][-a-z0-9.]{0,252})$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new InvalidArgumentError('Expected NAMESPACE/NAME of a secret, such as team/registry.');
}
