// `node proxy-process.ts ADDRESS HOST PORT`: a proxy whose pace is not that of the test's own process. Tells its parent its
// port; ends with it.
import { startProxy } from './cuttable-proxy.ts';

const [address = '', host = '', port = ''] = process.argv.slice(2);
const proxy = await startProxy({ host, port: Number(port) }, address);
process.send?.(proxy.port);
process.on('disconnect', () => process.exit());
