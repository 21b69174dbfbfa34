import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, it } from 'node:test';
import { CONTROLLER_SERVER_NAME } from '../../../common/names.ts';
import { STREAM_WINDOW_BYTES } from '../../../proto/wire.ts';
import { eventually } from '../../kit/eventually.ts';
import { joinTestAgent, startTestController, type TestController } from '../../kit/rpc-fixture.ts';

/** What the controller lets this client send ahead, on a call and on its connection, once a call has begun. */
async function windows(
  { address, authority }: TestController,
  identity: { readonly key?: string; readonly cert?: string },
) {
  const session = connect(`https://${address}`, {
    ...identity,
    ca: authority.caPem,
    servername: CONTROLLER_SERVER_NAME,
  });
  await once(session, 'connect');
  const call = session.request({ ':method': 'POST', ':path': '/longshore.v1.Streams/Open' });
  call.on('error', () => undefined);
  const answered = once(call, 'response');
  const ofCall = () => session.remoteSettings.initialWindowSize;
  const ofConnection = () => session.state.remoteWindowSize;
  return { answered, ofCall, ofConnection, [Symbol.dispose]: () => session.destroy() };
}

describe('what may be sent ahead on byte streams', () => {
  it('is more for an agent than for whoever has no certificate', async () => {
    await using controller = await startTestController();
    const token = await controller.token();
    const { membership, joined } = await joinTestAgent({ address: controller.address, token, name: 'pi' });
    using agent = await windows(controller, { key: membership.record.keyPem, cert: joined.certificatePem });
    using stranger = await windows(controller, {});
    await eventually(() => agent.ofCall() === STREAM_WINDOW_BYTES, { what: 'the window of a call' });
    await eventually(() => agent.ofConnection() === STREAM_WINDOW_BYTES, { what: "the connection's window" });
    await stranger.answered;
    assert.equal(stranger.ofCall(), 65_535);
    assert.equal(stranger.ofConnection(), 65_535);
  });
});
