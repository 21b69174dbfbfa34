// An OCI runtime that asks for all that runc is asked for but CAP_SYS_RESOURCE. Machines on which tests run often are not
// given that one themselves, and there a privileged container, which gets every capability, could not start at all.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = `#!/bin/sh
for word; do
  [ "$before" = --bundle ] && sed -i 's/"CAP_SYS_RESOURCE",\\?//g' "$word/config.json"
  before=$word
done
exec runc "$@"
`;

export interface ModestRuntime extends Disposable {
  /** For the dockerd that is to run everything by it. */
  readonly dockerdFlags: readonly string[];
}

export function modestRuntime(): ModestRuntime {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-runtime-'));
  const path = join(folder, 'modest-runc');
  writeFileSync(path, SCRIPT, { mode: 0o755 });
  return {
    dockerdFlags: ['--add-runtime', `modest=${path}`, '--default-runtime', 'modest'],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
