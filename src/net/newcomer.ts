// A connection that has not said what it is: one of few places, and little time for each step.
import type { Socket } from 'node:net';
import { formatAddress, isLoopback, sourceOf } from './address.ts';
import type { Gate, Place, Waiting } from './gate.ts';

/**
 * ```
 * WAITING ──settle()──► SETTLED     it is a session; its limits are the session's
 *    └── a deadline, drop(), closed ──► GONE
 * ```
 * Owns: the place of the socket in the gate, until the socket is closed, and its deadline.
 */
export class Newcomer implements Waiting {
  /** The TCP socket; whatever runs over it ends when this is destroyed. */
  readonly socket: Socket;
  readonly address: string;
  readonly source: string;
  readonly isLoopback: boolean;
  readonly place: Place;
  readonly #gate: Gate;
  #deadline: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, ip: string, place: Place, gate: Gate) {
    this.socket = socket;
    this.address = formatAddress(ip, socket.remotePort ?? 0);
    this.source = sourceOf(ip);
    this.isLoopback = isLoopback(ip);
    this.place = place;
    this.#gate = gate;
    gate.waits(this);
  }

  /** Where the client sees this server: an address and a port of this machine. */
  get here(): string {
    return formatAddress(this.socket.localAddress ?? '', this.socket.localPort ?? 0);
  }

  /** Undefined: nothing can be done for this socket; it is gone, or nobody has a place for it. */
  static of(socket: Socket, gate: Gate): Newcomer | undefined {
    const { remoteAddress } = socket;
    // Closed before it was looked at.
    if (remoteAddress === undefined) return undefined;
    const place = gate.enter(sourceOf(remoteAddress));
    return place && new Newcomer(socket, remoteAddress, place, gate);
  }

  /** The next step may take so long; then the connection is cut. */
  hurry(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.drop(), ms);
  }

  /** It is known now what this is, and others see to it. */
  settle(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#gate.settled(this);
  }

  /** The socket is closed. */
  leave(): void {
    this.settle();
    this.#gate.leave(this.source, this.place);
  }

  drop(): void {
    this.socket.destroy();
  }
}
