import type { HttpClient } from '../../http/client.js';

export type ClusterName = { readonly kubeconfig?: string; readonly context?: string };

/** One API server, with whatever credentials are good at the moment. */
export type Cluster = {
  /** The same one for all who come by one context of one kubeconfig, as long as that is not read again. */
  readonly id: object;
  /** For messages. */
  readonly context: string;
  client(): Promise<HttpClient>;
  /** The API server does not know the credential of this one: the next gets another, where there is one. */
  renew(refused: HttpClient): void;
};

/** Throws `RotorError`: no kubeconfig, no such context, one that goes without TLS. */
export type Clusters = (name: ClusterName) => Promise<Cluster>;
