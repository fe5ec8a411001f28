import { LambdaClient, GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LambdaWorld } from '../targets/lambda-world.js';
import { REGION } from '../targets/aws-surroundings.js';

const NAMES = Array.from({ length: 60 }, (_, index) => `orders-${index}`);

describe('the sandbox of AWS Lambda', () => {
  let world: LambdaWorld;

  afterEach(async () => world.close());

  const clientOf = (): LambdaClient =>
    new LambdaClient({
      region: REGION,
      endpoint: world.lambda.url,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: world.surroundings.agent }),
    });
  const open = async (hasQuotas = false): Promise<LambdaClient> => {
    world = await LambdaWorld.open(
      NAMES.map((name) => ({ name })),
      { pageSize: 50, hasQuotas },
    );
    return clientOf();
  };

  it('lists fifty functions a page at most, whatever is asked for, and goes on by a marker', async () => {
    const client = await open();
    const first = await client.send(new ListFunctionsCommand({ MaxItems: 10_000 }));
    expect(first.Functions).toHaveLength(50);
    const rest = await client.send(new ListFunctionsCommand({ Marker: first.NextMarker }));
    expect(rest.Functions).toHaveLength(10);
    expect(rest.NextMarker ?? undefined).toBeUndefined();
    const few = await client.send(new ListFunctionsCommand({ MaxItems: 3 }));
    expect(few.Functions).toHaveLength(3);
    await expect(client.send(new ListFunctionsCommand({ Marker: '50' }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('lists variables and revisions, and neither the state nor the status of an update', async () => {
    const client = await open();
    const { Functions = [] } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: NAMES[0] }));
    const { State, LastUpdateStatus, ...rest } = Configuration ?? {};
    expect([State, LastUpdateStatus]).toEqual(['Active', 'Successful']);
    expect(Functions).toEqual([rest]);
  });

  it('refuses what goes beyond the requests of a second, counted apart for GetFunction', async () => {
    const client = await open(true);
    const outcomes = async (count: number, send: () => Promise<unknown>): Promise<number> => {
      const all = await Promise.allSettled(Array.from({ length: count }, send));
      return all.filter(({ status }) => status === 'fulfilled').length;
    };
    // Many more than fifteen a second on any machine: a slow one would answer forty within three of them.
    const listed = await outcomes(150, async () => client.send(new ListFunctionsCommand({ MaxItems: 1 })));
    expect(listed).toBeGreaterThanOrEqual(15);
    expect(listed).toBeLessThan(150);
    expect(
      await outcomes(60, async () => client.send(new GetFunctionCommand({ FunctionName: NAMES[0] }))),
    ).toBe(60);
  });
});
