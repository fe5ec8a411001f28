import type { Service } from '@aws-sdk/client-ecs';
import { primaryOf, type Standing } from './standing.js';

type Deployed = Extract<Standing, { is: 'deployed' }>;

/**
 * Services of which a process has seen that every task was created since a delivery. Whichever comes later is younger
 * still, so that the tasks need not be looked at again as long as all of them run that shall.
 */
export class Settled {
  readonly #seen = new Map<string, string>();

  remember(service: Service, deployed: Deployed): void {
    this.#seen.set(service.serviceArn ?? '', wordsOf(service, deployed));
  }

  isStill(service: Service, deployed: Deployed): boolean {
    const { serviceArn = '', desiredCount, runningCount, pendingCount } = service;
    const isWhole = runningCount === desiredCount && pendingCount === 0;
    return isWhole && this.#seen.get(serviceArn) === wordsOf(service, deployed);
  }
}

function wordsOf(service: Service, { since }: Deployed): string {
  return JSON.stringify([primaryOf(service)?.id, since]);
}
