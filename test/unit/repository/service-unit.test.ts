import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

/** Each gives the agent a view of the file system of its own, where Docker sees none of its mounts. */
const HIDES_MOUNTS =
  /^(Private(Mounts|Tmp|Devices|Users)|Protect(System|Home|KernelTunables|ControlGroups)|(ReadOnly|ReadWrite|Inaccessible|Bind)\w*Paths|RootDirectory|MountFlags|TemporaryFileSystem|DynamicUser)=/m;

it('the service that install.sh sets up hides no mount of the agent from Docker', () => {
  const script = readFileSync(join(import.meta.dirname, '../../../install.sh'), 'utf8');
  const [, unit = ''] = /<<EOF\n(\[Unit\][\s\S]*?)\nEOF\n/.exec(script) ?? [];
  assert.match(unit, /^ExecStart=/m);
  assert.doesNotMatch(unit, HIDES_MOUNTS);
  assert.match(`${unit}\nPrivateTmp=yes\n`, HIDES_MOUNTS);
});
