type Variables = Readonly<Record<string, string | undefined>>;

/** Sets these variables, takes undefined ones out; the returned function puts everything back. */
export function setEnvironment(variables: Variables): () => void {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  assign(variables);
  return () => assign(before);
}

export async function withEnvironment<T>(variables: Variables, run: () => Promise<T>): Promise<T> {
  const restore = setEnvironment(variables);
  try {
    return await run();
  } finally {
    restore();
  }
}

function assign(variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
