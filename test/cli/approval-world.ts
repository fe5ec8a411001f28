import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere, type Said } from './in-process.js';

export const HOUR = 3_600_000;

/** Of a caller, for the command. */
type Who = Record<string, string>;

/** An API by which each new token of each rotation, or of those named, needs an approval. Nobody works on the runs but the test. */
export class ApprovalWorld {
  private constructor(
    readonly api: ApiWorld,
    /** Asks. */
    readonly ben: Who,
    /** May approve. */
    readonly ana: Who,
    /** May do both. */
    readonly eve: Who,
  ) {}

  static async open(approvalOf?: readonly string[]): Promise<ApprovalWorld> {
    const approval = { approvers: [], expiresMs: 4 * HOUR };
    const api = await ApiWorld.open({
      others: { docs: { env: 'staging' } },
      approval,
      ...(approvalOf && { approvalOf }),
    });
    await api.app.listen(0, '127.0.0.1');
    const address = (await api.app.getUrl()).replace('[::1]', '127.0.0.1');
    const as = async (name: string, grants: readonly string[]): Promise<Who> => {
      const { body } = await api.ask('POST', '/v1/tokens', { name, grants });
      return { ROTOR_ADDR: address, ROTOR_TOKEN: String(body['token']) };
    };
    return new ApprovalWorld(
      api,
      await as('ben', ['read', 'rotate', 'pause']),
      await as('ana', ['read', 'approve']),
      await as('eve', ['read', 'rotate', 'approve']),
    );
  }

  async runs() {
    return this.api.journal.list({ limit: 10 });
  }

  async close(): Promise<void> {
    await this.api.close();
  }
}

export async function by(who: Who, ...flags: string[]): Promise<Said> {
  return rotorHere(flags, who);
}

/** Returns its id. */
export async function askedBy(who: Who, name = 'checkout'): Promise<string> {
  return (await by(who, 'rotate', name, '--reason', 'seen in a ticket', '-o', 'name')).stdout.trim();
}

export function lastLine({ stderr }: Said): string | undefined {
  return stderr.trimEnd().split('\n').at(-1);
}
