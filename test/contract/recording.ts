// What kubectl sends: recorded once from real commands against the real control plane, kept as a file, played again to
// both. Answers are not kept here; the golden file has them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

export interface RecordedRequest {
  readonly method: string;
  /** With its query. Versions that an answer gave are `VERSION`: the newest that the player has seen. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  /** Impersonated. */
  readonly as?: string;
  /** Text as it is; protobuf in base64. */
  readonly body?: string;
  readonly base64?: string;
  /** Of a watch: how many events kubectl waited for. */
  readonly events?: number;
}

export interface RecordedCommand {
  /** `kubectl` left out. */
  readonly command: string;
  readonly requests: readonly RecordedRequest[];
}

/** The namespace that the commands were recorded in, and are played in. */
export const RECORDED_NAMESPACE = 'contract-kubectl';

export const VERSION = 'VERSION';

const FILE = join(import.meta.dirname, 'recordings/kubectl.yaml');

export function readRecording(): readonly RecordedCommand[] {
  return parse(readFileSync(FILE, 'utf8')) as RecordedCommand[];
}

export function writeRecording(commands: readonly RecordedCommand[], kubectl: string): void {
  const head = `# What kubectl ${kubectl} sends, recorded by \`node test/contract/record.ts\`. Do not edit.\n`;
  writeFileSync(FILE, head + stringify(commands, { lineWidth: 0 }));
}
