import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mountsBelow, parseMountInfo } from '../../../../agent/volumes/mount-table.ts';

const TEXT = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
43 27 0:39 / /run/a\\040b/\\304\\200 rw,nosuid master:2 propagate_from:3 - tmpfs tmpfs rw,size=1024k
44 27 0:40 / /run/a rw - tmpfs tmpfs rw
45 44 0:41 / /run/a/deep/er rw - tmpfs tmpfs rw
46 44 0:42 / /run/a/deep rw - tmpfs tmpfs rw
47 46 0:43 / /run/a/deep rw - tmpfs second rw
48 27 0:44 / /run/ab rw - tmpfs tmpfs rw
`;

describe('the table of mounts', () => {
  it('is read with its blanks, letters and optional fields', () => {
    const entries = parseMountInfo(TEXT);
    assert.equal(entries.length, 8);
    assert.deepEqual(entries[1], { mountPoint: '/', fileSystem: 'ext4' });
    assert.deepEqual(entries[2], { mountPoint: '/run/a b/Ā', fileSystem: 'tmpfs' });
  });

  it('says what is mounted below a folder, the deepest and latest first', () => {
    const points = mountsBelow(parseMountInfo(TEXT), '/run/a').map(({ mountPoint }) => mountPoint);
    assert.deepEqual(points, ['/run/a/deep/er', '/run/a/deep', '/run/a/deep', '/run/a']);
  });
});
