import type { Socket } from 'node:net';
import type { Random } from '../random.js';
import type { ApmInstance } from './instance.js';

/** Where a connection ended up: one instance, at one of its generations. */
export type Seat = { readonly instance: ApmInstance; readonly generation: number; busy: number };

/** Hands connections to instances, one after the other, as a load balancer in front of them does. */
export type Seats = {
  assign(socket: Socket): void;
  /** A request has started on this connection. */
  take(socket: Socket): Seat;
  /** And has ended. */
  leave(socket: Socket): void;
  /** The instance has reloaded since: this connection belongs to its old listener. */
  isStale(seat: Seat): boolean;
  /**
   * As elastic/apm-server internal/beatcmd/reloader.go does on a reload: the new listener is there first, then the old
   * server shuts down gracefully, so idle connections are closed and busy ones after their answer.
   */
  drain(instance: ApmInstance): void;
};

export function createSeats(instances: readonly ApmInstance[], random: Random): Seats {
  const seats = new Map<Socket, Seat>();
  let turn = random.int(instances.length);

  const nextInstance = (): ApmInstance => {
    const instance = instances[turn % instances.length];
    turn += 1;
    if (instance === undefined) throw new Error('an APM Server of the sandbox needs at least one instance');
    return instance;
  };

  const assign = (socket: Socket): Seat => {
    const instance = nextInstance();
    const seat = { instance, generation: instance.generation, busy: 0 };
    seats.set(socket, seat);
    socket.on('close', () => seats.delete(socket));
    return seat;
  };

  const isStale = (seat: Seat): boolean => seat.generation !== seat.instance.generation;

  return {
    assign,
    take(socket) {
      const seat = seats.get(socket) ?? assign(socket);
      seat.busy += 1;
      return seat;
    },
    leave(socket) {
      const seat = seats.get(socket);
      if (seat !== undefined) seat.busy -= 1;
    },
    isStale,
    drain(instance) {
      for (const [socket, seat] of seats) {
        if (seat.instance === instance && seat.busy === 0) socket.end();
      }
    },
  };
}
