import { afterAll, beforeAll } from '@jest/globals';
import { storeContract } from '../contracts/store.contract.js';
import { awsHarness, AwsWorld } from './aws-world.js';

let world: AwsWorld;

beforeAll(async () => {
  world = await AwsWorld.start();
});
afterAll(() => world.close());

storeContract('AWS Secrets Manager, the value a token', (token) =>
  Promise.resolve(awsHarness(world, token, false)),
);
storeContract('AWS Secrets Manager, the value JSON', (token) =>
  Promise.resolve(awsHarness(world, token, true)),
);
