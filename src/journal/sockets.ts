import { Socket } from 'node:net';

/**
 * A server that is there has answered by then, and a connection is closed or asks something before. Without it, one
 * whose machine is gone would be waited for until TCP gives up, which takes a quarter of an hour.
 */
const SILENCE_MS = 8_000;
/** So long the server may take to end its side of a connection. */
const GOODBYE_MS = 1_000;

/** Below the connections to a database: none is kept for the sake of a server that says nothing any more. */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** `isPatient`: a server that works on one statement for minutes says nothing meanwhile. */
  constructor(private readonly options: { readonly isPatient?: boolean } = {}) {}

  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    if (this.options.isPatient) return socket;
    return socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('the server says nothing any more')));
  };

  /** Until all of them are closed: in order if the server lets them, else without its help. */
  async closed(inOrder: () => Promise<void>): Promise<void> {
    const enough = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, GOODBYE_MS);
    try {
      await inOrder();
    } finally {
      clearTimeout(enough);
    }
  }
}
