export type ServerSent = {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Record<string, unknown>;
};

/** As they come over the wire. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerSent> {
  const text = response.body?.pipeThrough(new TextDecoderStream());
  if (!text) throw new Error('the response has no body');
  let rest = '';
  for await (const piece of text as unknown as AsyncIterable<string>) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const data = fields.get('data');
      if (data !== undefined)
        yield {
          id: fields.get('id'),
          type: fields.get('event') ?? 'message',
          data: JSON.parse(data) as ServerSent['data'],
        };
    }
  }
}
