// The browsing helper: what runs in the process that `longshore-agent --mdns-browse` is. It asks again every few seconds,
// because the library never forgets and never asks by itself, and prints a line for each controller it hears of.
import { parentGone } from '../../common/helper-process.ts';
import { probeMulticast } from '../../common/multicast-probe.ts';
import { MDNS_SERVICE } from '../../common/names.ts';
import { formatHeard } from './announcement.ts';

const ASK_EVERY_MS = 2000;

/** Resolves when the parent has gone. Rejects with `unavailable` where there is no multicast. */
export async function runMdnsBrowse(print: (line: string) => void): Promise<void> {
  await probeMulticast();
  const { default: mdns } = await import('mdns-js');
  const browser = mdns.createBrowser(mdns.tcp(MDNS_SERVICE));
  browser.on('update', ({ addresses, port, txt = [], type = [] }) => {
    const isOurs = type.some(({ name, protocol }) => name === MDNS_SERVICE && protocol === 'tcp');
    if (isOurs && port !== undefined) print(formatHeard({ addresses, port, txt }));
  });
  let asking: NodeJS.Timeout | undefined;
  browser.on('ready', () => {
    browser.discover();
    asking = setInterval(() => browser.discover(), ASK_EVERY_MS);
  });
  await parentGone();
  clearInterval(asking);
  browser.stop();
}
