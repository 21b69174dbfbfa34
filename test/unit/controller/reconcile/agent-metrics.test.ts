import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESIDENT, SESSIONS } from '../../../../common/agent-metrics.ts';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { measured } from '../../../../common/metrics/family.ts';
import type { AgentLink } from '../../../../controller/reconcile/agent-link.ts';
import { createAgentMetrics } from '../../../../controller/reconcile/agent-metrics.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const forever = () => new AbortController().signal;
const sessions = (count: number) => [measured(SESSIONS, [[{}, count]])];

function aFleet(...names: string[]) {
  const clock = new ManualClock();
  const metrics = createAgentMetrics(clock);
  const asked: string[] = [];
  const links = names.map((name) => {
    const told = { agent: { name, uid: name }, askMetrics: () => asked.push(name) };
    return told as Pick<AgentLink, 'agent' | 'askMetrics'> as AgentLink;
  });
  const scrape = async (of = links, signal = forever()) =>
    [...expositionText(await metrics.collect(of, signal))].join('');
  return { clock, metrics, asked, links, scrape };
}

const show = (text: string) => text.replace(/^# .*\n/gm, '').trim();

describe('what agents measure', () => {
  it('is asked of each when somebody scrapes, and told with the name of each', async () => {
    const { metrics, asked, links, scrape } = aFleet('pi', 'nas');
    const scraped = scrape();
    assert.deepEqual(asked, ['pi', 'nas']);
    const [pi, nas] = links as [AgentLink, AgentLink];
    metrics.heard(pi, [...sessions(2), measured(RESIDENT, [[{}, 50]])]);
    metrics.heard(nas, sessions(1));
    assert.equal(
      show(await scraped),
      [
        'longshore_agent_sessions_total{agent="pi"} 2',
        'longshore_agent_sessions_total{agent="nas"} 1',
        'longshore_agent_resident_memory_bytes{agent="pi"} 50',
      ].join('\n'),
    );
  });

  it('is not asked anew within seconds, however many scrape', async () => {
    const { clock, metrics, asked, links, scrape } = aFleet('pi');
    const [pi] = links as [AgentLink];
    const both = Promise.all([scrape(), scrape()]);
    metrics.heard(pi, sessions(1));
    await both;
    await scrape();
    assert.deepEqual(asked, ['pi']);
    await clock.advance(5_000);
    const again = scrape();
    metrics.heard(pi, sessions(3));
    assert.match(await again, /\} 3$/m);
    assert.deepEqual(asked, ['pi', 'pi']);
  });

  it('of one that does not answer is waited for for a second, once, and then left out', async () => {
    const { clock, metrics, asked, links, scrape } = aFleet('pi', 'mute');
    const [pi] = links as [AgentLink];
    const first = scrape();
    metrics.heard(pi, sessions(1));
    await clock.advance(1_000);
    assert.equal(show(await first), 'longshore_agent_sessions_total{agent="pi"} 1');
    await clock.advance(10_000);
    const second = scrape();
    metrics.heard(pi, sessions(2));
    // No time passes.
    assert.equal(show(await second), 'longshore_agent_sessions_total{agent="pi"} 2');
    assert.deepEqual(asked, ['pi', 'mute', 'pi', 'mute']);
  });

  it('is not told when it is old, nor of an agent whose session is another', async () => {
    const { clock, metrics, links, scrape } = aFleet('pi');
    const [pi] = links as [AgentLink];
    metrics.heard(pi, sessions(1));
    await clock.advance(30_000);
    const late = scrape();
    await clock.advance(1_000);
    assert.equal(show(await late), '');
    metrics.heard(pi, sessions(1));
    const anew = scrape([{ ...pi }]);
    await clock.advance(1_000);
    assert.equal(show(await anew), '');
  });

  it('keeps nobody who has left', async () => {
    const { scrape, links, clock } = aFleet('mute');
    const leave = new AbortController();
    const scraped = assert.rejects(scrape(links, leave.signal));
    leave.abort();
    await scraped;
    assert.equal(clock.sleepers, 0);
  });
});
