import { devNull } from 'node:os';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { LOOPBACK_HOSTS } from '../../src/sandbox/https-front.js';
import { createRandom } from '../../src/sandbox/random.js';
import { play, type Played, type Schedule } from './schedule.js';
import { VirtualTime } from './virtual-time.js';
import { KEYS } from './world.js';

/** Takes the whole process over: from now on its time is virtual. */
export async function openLaboratory(): Promise<(schedule: Schedule) => Promise<Played>> {
  const authority = await createAuthority();
  // Dated now, since TLS itself goes by the time of the machine.
  await authority.issue(LOOPBACK_HOSTS);
  process.env['AWS_ACCESS_KEY_ID'] = KEYS.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secretAccessKey;
  // Nor does anything else of this machine count.
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) process.env[name] = devNull;
  const time = new VirtualTime();
  return async (schedule) => {
    // Libraries draw their pauses from here: a schedule that is played again takes the same ones.
    const pauses = createRandom(schedule.seed).fork('pauses');
    Math.random = () => pauses.next();
    return play(schedule, time, authority);
  };
}
