import type { DocumentDescription, InstanceInformation } from '@aws-sdk/client-ssm';
import type { Refusal } from '../aws/refusal.js';
import { SHELL, type SsmTargetConfig } from './config.js';
import { named } from './named.js';
import { PARAMETERS } from './script.js';

export function documentRefusal(
  name: string,
  document: DocumentDescription | undefined,
): Refusal | undefined {
  if (document === undefined) {
    return { because: `AWS does not find document ${name}`, hint: 'Check its name, region and account.' };
  }
  const { DocumentType, Status, Parameters = [] } = document;
  if (DocumentType !== 'Command') {
    return {
      because: `document ${name} is of type ${DocumentType}, and Run Command runs documents of type Command`,
      hint: 'Name another document.',
    };
  }
  if (Status !== 'Active') {
    return { because: `document ${name} is ${Status}`, hint: 'Wait until it is Active, or repair it.' };
  }
  const missing = PARAMETERS.filter((wanted) => !Parameters.some(({ Name }) => Name === wanted));
  if (name === SHELL || missing.length === 0) return undefined;
  return {
    because: `document ${name} has no parameter ${missing.join(' and no ')}`,
    hint: `Rotor tells it by its parameters ${PARAMETERS.join(', ')} where the token is.`,
  };
}

export function nodeRefusal(document: string, nodes: readonly InstanceInformation[]): Refusal | undefined {
  if (nodes.length === 0) {
    return {
      because: 'Systems Manager knows no host that is meant',
      hint: 'Check the tags or ids, the region, and that the agent of Systems Manager runs there with a role.',
    };
  }
  if (!nodes.some(isOnline)) {
    return {
      because: `none of the ${nodes.length} hosts answers (${namesOf(nodes)})`,
      hint: 'Check that the agent of Systems Manager runs there.',
    };
  }
  const windows = document === SHELL ? nodes.filter(({ PlatformType }) => PlatformType === 'Windows') : [];
  if (windows.length === 0) return undefined;
  return {
    because: `${namesOf(windows)} run Windows, and ${SHELL} runs on Linux and macOS`,
    hint: 'Give them a target of their own, with a document of their own.',
  };
}

export function nodeFindings(
  { instanceIds = [] }: SsmTargetConfig,
  nodes: readonly InstanceInformation[],
): readonly string[] {
  const offline = nodes.filter((node) => !isOnline(node));
  const unknown = instanceIds.filter((id) => !nodes.some(({ InstanceId }) => InstanceId === id));
  const silent =
    offline.length > 0
      ? [`${offline.length} of ${nodes.length} hosts do not answer at present: ${namesOf(offline)}.`]
      : [];
  return unknown.length > 0 ? [...silent, `Systems Manager does not know ${unknown.join(', ')}.`] : silent;
}

function isOnline({ PingStatus }: InstanceInformation): boolean {
  return PingStatus === 'Online';
}

function namesOf(nodes: readonly InstanceInformation[]): string {
  return named(nodes.map(({ InstanceId = '' }) => InstanceId));
}
