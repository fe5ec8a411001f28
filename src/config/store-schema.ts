import { z } from 'zod';
import { awsSecretsManagerConfig } from '../stores/aws-secrets-manager/config.js';

/** One line per kind of store. */
export const storeConfig = z.discriminatedUnion('type', [awsSecretsManagerConfig]);
