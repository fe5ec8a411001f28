import { z } from 'zod';
import { AwsFailure } from '../aws/failure.js';
import { parsed } from '../aws/input.js';
import { uuid, type Random } from '../random.js';
import { statusOf, wholeOf, type StoredCommand, type StoredNode } from './model.js';
import { run, type Runner } from './running.js';

export type StoredDocument = {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly parameters: readonly string[];
};

export type SsmWorld = Runner & {
  readonly random: Random;
  readonly nodes: StoredNode[];
  readonly documents: Map<string, StoredDocument>;
  readonly commands: StoredCommand[];
  readonly pageSize: number;
  /** In how many answers of ListCommands a new command is not shown yet. */
  readonly listLag: () => number;
};

const target = z.object({ Key: z.string().min(1).max(163), Values: z.array(z.string()).min(1).max(50) });
const paged = { MaxResults: z.int().min(1).max(50).default(50), NextToken: z.string().optional() };
const inputs = {
  SendCommand: z.object({
    DocumentName: z.string(),
    InstanceIds: z
      .array(z.string().regex(/^(i-(\w{8}|\w{17})|mi-\w{17})$/))
      .max(50)
      .default([]),
    Targets: z.array(target).max(5).default([]),
    Comment: z.string().max(100).default(''),
    Parameters: z.record(z.string(), z.array(z.string())).default({}),
    TimeoutSeconds: z.int().min(30).max(2_592_000).default(3600),
    MaxConcurrency: z
      .string()
      .max(7)
      .regex(/^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$/)
      .default('50'),
    MaxErrors: z
      .string()
      .max(7)
      .regex(/^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$/)
      .default('0'),
  }),
  ListCommands: z.object({
    CommandId: z.string().length(36).optional(),
    Filters: z
      .array(
        z.object({
          key: z.enum(['InvokedAfter', 'InvokedBefore', 'Status', 'ExecutionStage', 'DocumentName']),
          value: z.string().min(1).max(128),
        }),
      )
      .min(1)
      .max(5)
      .optional(),
    ...paged,
  }),
  ListCommandInvocations: z.object({
    CommandId: z.string().length(36),
    Details: z.boolean().default(false),
    ...paged,
  }),
  DescribeInstanceInformation: z.object({ Filters: z.array(target).default([]), ...paged }),
  DescribeDocument: z.object({ Name: z.string() }),
};

/** The rules are those of https://docs.aws.amazon.com/systems-manager/latest/APIReference/ */
export function operationsOf(world: SsmWorld): Record<string, (body: unknown) => unknown> {
  return {
    SendCommand: (body) => {
      const input = parsed(inputs.SendCommand, body, 'ValidationException');
      const document = world.documents.get(input.DocumentName);
      if (!document)
        throw new AwsFailure('InvalidDocument', `Document ${input.DocumentName} does not exist.`);
      const unknown = Object.keys(input.Parameters).find((name) => !document.parameters.includes(name));
      if (unknown !== undefined)
        throw new AwsFailure('InvalidParameters', `Parameter ${unknown} is not defined.`);
      const nodes = meant(world, input.InstanceIds, input.Targets);
      const now = Date.now();
      const command: StoredCommand = {
        id: uuid(world.random),
        document: document.name,
        comment: input.Comment,
        parameters: input.Parameters,
        requestedAt: now,
        expiresAt: now + input.TimeoutSeconds * world.secondMs,
        atOnce: shareOf(input.MaxConcurrency, nodes.length, 1),
        mostErrors: shareOf(input.MaxErrors, nodes.length, 0),
        invocations: nodes.map((node) => ({ node, detail: 'Pending', output: '', responseCode: -1 })),
        hiddenFor: world.listLag(),
      };
      world.commands.unshift(command);
      run(world, command);
      // By tags, AWS looks for the hosts after it has answered.
      return {
        Command: {
          ...commandView(command),
          Status: 'Pending',
          StatusDetails: 'Pending',
          ...(input.Targets.length > 0 && { TargetCount: 0 }),
        },
      };
    },

    ListCommands: (body) => {
      const { CommandId, Filters = [], ...page } = parsed(inputs.ListCommands, body, 'ValidationException');
      const shown = world.commands.filter((command) => {
        const isHidden = command.hiddenFor > 0;
        command.hiddenFor -= 1;
        return !isHidden && Filters.every(({ key, value }) => matches(command, key, value));
      });
      const found = shown.filter(({ id }) => CommandId === undefined || id === CommandId);
      return pageOf(world, 'Commands', found.map(commandView), page);
    },

    ListCommandInvocations: (body) => {
      const { CommandId, Details, ...page } = parsed(
        inputs.ListCommandInvocations,
        body,
        'ValidationException',
      );
      const command = world.commands.find(({ id }) => id === CommandId);
      const all = command?.invocations.map((one) => invocationView(command, one, Details)) ?? [];
      return pageOf(world, 'CommandInvocations', all, page);
    },

    DescribeInstanceInformation: (body) => {
      const { Filters, ...page } = parsed(inputs.DescribeInstanceInformation, body, 'ValidationException');
      const found = world.nodes.filter((node) => Filters.every((filter) => isMeant(node, filter)));
      const list = found.map(({ id, isOnline, platform }) => ({
        InstanceId: id,
        PingStatus: isOnline ? 'Online' : 'ConnectionLost',
        PlatformType: platform,
        ResourceType: 'EC2Instance',
        AgentVersion: '3.3.0.0',
      }));
      return pageOf(world, 'InstanceInformationList', list, page);
    },

    DescribeDocument: (body) => {
      const { Name } = parsed(inputs.DescribeDocument, body, 'ValidationException');
      const document = world.documents.get(Name);
      if (!document) throw new AwsFailure('InvalidDocument', `Document with name ${Name} does not exist.`);
      const Parameters = document.parameters.map((name) => ({ Name: name, Type: 'StringList' }));
      return { Document: { Name, DocumentType: document.type, Status: document.status, Parameters } };
    },
  };
}

type Filter = z.output<typeof target>;

function meant({ nodes }: SsmWorld, ids: readonly string[], targets: readonly Filter[]): StoredNode[] {
  if (ids.length === 0) return nodes.filter((node) => targets.every((one) => isMeant(node, one)));
  return ids.map((id) => {
    const node = nodes.find((one) => one.id === id);
    if (node) return node;
    throw new AwsFailure('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account.`);
  });
}

function isMeant(node: StoredNode, { Key, Values }: Filter): boolean {
  if (Key === 'InstanceIds') return Values.includes(node.id);
  const tag = /^tag:(.*)$/.exec(Key)?.[1];
  if (tag === undefined)
    throw new AwsFailure('InvalidFilterKey', `The sandbox does not know the filter ${Key}.`);
  return Values.includes(node.tags[tag] ?? '');
}

function matches(command: StoredCommand, key: string, value: string): boolean {
  switch (key) {
    case 'DocumentName':
      return command.document === value;
    case 'InvokedAfter':
      return command.requestedAt >= Date.parse(value);
    case 'InvokedBefore':
      return command.requestedAt < Date.parse(value);
    case 'Status':
      return wholeOf(command).status === value;
    default:
      return (wholeOf(command).status === 'InProgress') === (value === 'Executing');
  }
}

function shareOf(text: string, of: number, least: number): number {
  const share = text.endsWith('%') ? Math.floor((Number.parseInt(text, 10) / 100) * of) : Number(text);
  return Math.max(least, share);
}

function commandView(command: StoredCommand) {
  const { id, document, comment, parameters, requestedAt, expiresAt, invocations } = command;
  const { status, details } = wholeOf(command);
  return {
    CommandId: id,
    DocumentName: document,
    Comment: comment,
    Parameters: parameters,
    RequestedDateTime: requestedAt / 1000,
    ExpiresAfter: expiresAt / 1000,
    Status: status,
    StatusDetails: details,
    TargetCount: invocations.length,
  };
}

function invocationView(
  command: StoredCommand,
  { node, detail, output, responseCode }: StoredCommand['invocations'][number],
  withDetails: boolean,
) {
  const state = { Status: statusOf(detail), StatusDetails: detail.replaceAll(' ', '') };
  const plugin = { Name: 'aws:runShellScript', ...state, ResponseCode: responseCode, Output: output };
  return {
    CommandId: command.id,
    InstanceId: node.id,
    Comment: command.comment,
    DocumentName: command.document,
    RequestedDateTime: command.requestedAt / 1000,
    ...state,
    CommandPlugins: withDetails ? [plugin] : [],
  };
}

function pageOf(
  { pageSize }: SsmWorld,
  name: string,
  all: readonly object[],
  { MaxResults, NextToken }: { MaxResults: number; NextToken?: string | undefined },
) {
  const from = Number(NextToken ?? 0);
  const to = from + Math.min(MaxResults, pageSize);
  return { [name]: all.slice(from, to), ...(to < all.length && { NextToken: String(to) }) };
}
