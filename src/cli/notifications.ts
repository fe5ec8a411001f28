import { pastIn, timesFor, type Times } from './age.js';
import { Client, type Notification } from './client.js';
import { limitOf, MOST } from './limit.js';
import { noneOf } from './none.js';
import { show, type Output } from './output.js';
import { printNote, table } from './print.js';

type ListOptions = Output & { readonly state?: string; readonly limit: string };

const HEAD = ['ID', 'AGE', 'STATE', 'ROTATION', 'EVENT', 'FAILED TRIES', 'PROBLEM'];

export async function notifications({ state, limit, ...options }: ListOptions): Promise<number> {
  const asked = { state, limit: limitOf(limit) };
  const client = await Client.fromEnvironment();
  const page = await client.notifications(asked);
  const times = timesFor(options);
  await show(page, options, {
    table: () =>
      table(
        HEAD,
        page.notifications.map((one) => row(one, times)),
      ),
    names: () => page.notifications.map(({ id }) => id),
    items: () => page.notifications,
    none: noneOf('notifications', { state }),
  });
  if (page.next !== null) printNote(`there are more; show them with --limit (up to ${MOST})`);
  return 0;
}

export async function replay(id: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const again = await client.replay(id);
  await show(again, options, { table: () => `${again.id} is sent again`, names: () => [again.id] });
  return 0;
}

/** Exit code 0 where the receiver has taken it, else 1. */
export async function testNotifier(name: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const tested = await client.testNotifier(name);
  const { taken, answer, problem, eventId, durationMs } = tested;
  await show(tested, options, {
    table: () =>
      taken
        ? `${name} has taken ${eventId}: ${answer ?? ''} within ${durationMs} ms`
        : `${name} has not taken ${eventId}: ${problem?.detail ?? ''}`,
    names: () => [eventId],
  });
  if (problem && problem.hint !== null) printNote(`hint: ${problem.hint}`);
  if (!taken) printNote(`next: rotor notifications test ${name}, once that is mended`);
  return taken ? 0 : 1;
}

function row({ id, at, state, rotation, event, tries, problem }: Notification, times: Times): string[] {
  return [id, pastIn(times, at), state, rotation, event, String(tries), problem ?? ''];
}
