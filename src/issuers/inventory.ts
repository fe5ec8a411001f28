/** A tag of a deployment; nothing says that a key stands there once alone. */
export type Tag = { readonly key: string; readonly value: string };

/** An APM resource or an Integrations Server. */
export type FoundApm = {
  readonly refId: string;
  readonly kind: 'apm' | 'integrations_server';
  /** Who holds its token: the deployment's plan, or the Fleet policy of an Elastic Agent. */
  readonly mode: 'standalone' | 'managed';
  /** In the words of the cloud, such as `started`. */
  readonly status: string | null;
};

export type FoundDeployment = {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly apm: readonly FoundApm[];
  /** A sentence, where the cloud told of it in a form that cannot be read. */
  readonly problem?: string;
};

/** All that one API key may see, whether or not a rotation is about it. */
export type Cloud = {
  /** Of its API. */
  readonly host: string;
  /** A page after the other; throws what the client throws, and the pages before that hold. */
  deployments(signal: AbortSignal): AsyncIterable<readonly FoundDeployment[]>;
};
