import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageArchive, ImageEngine, ImageFacts } from '../../../../agent/images/image-engine.ts';
import { PAUSE_BINARIES } from '../../../../agent/images/pause-binaries.ts';
import { ensurePauseImage, pauseImageName } from '../../../../agent/images/pause-image.ts';

const FACTS = { id: 'sha256:1', repoTags: [], repoDigests: [], sizeBytes: 1, os: 'linux', architecture: '' };

class Importer implements Pick<ImageEngine, 'inspect' | 'importArchive'> {
  readonly imported: ImageArchive[] = [];

  async inspect(reference: string): Promise<ImageFacts | undefined> {
    return this.imported.some(({ name, tag }) => `${name}:${tag}` === reference) ? FACTS : undefined;
  }

  async importArchive(image: ImageArchive): Promise<void> {
    this.imported.push(image);
  }
}

describe('the pause image', () => {
  it('is made once, under the name of its content', async () => {
    const engine = new Importer();
    const name = await ensurePauseImage(engine, 'amd64');
    assert.match(name, /^longshore\.dev\/pause:[0-9a-f]{16}$/);
    assert.equal(await ensurePauseImage(engine, 'amd64'), name);
    assert.equal(engine.imported.length, 1);
    assert.equal(pauseImageName('amd64'), name);
  });

  it('is another one for another architecture', () => {
    assert.notEqual(pauseImageName('amd64'), pauseImageName('arm64'));
  });

  it('is refused for an architecture without an executable, with the ones there are', () => {
    assert.throws(() => pauseImageName('riscv64'), /no pause executable for riscv64: .*amd64 and arm64/);
  });
});

describe('the pause executables', () => {
  const MACHINES = { amd64: 62, arm64: 183 };
  for (const [architecture, encoded] of Object.entries(PAUSE_BINARIES)) {
    it(`are static 64-bit ELF files for their machine: ${architecture}`, () => {
      const file = Buffer.from(encoded, 'base64');
      assert.equal(file.subarray(0, 6).toString('latin1'), '\x7fELF\x02\x01');
      assert.equal(file.readUInt16LE(18), MACHINES[architecture as keyof typeof MACHINES]);
      assert.equal(file.readBigUInt64LE(64 + 32), BigInt(file.length));
      assert.ok(file.length < 1024);
    });
  }
});
