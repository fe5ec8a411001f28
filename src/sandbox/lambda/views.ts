import type { StoredAlias, StoredFunction, StoredVersion } from './model.js';

/** A version on the wire: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export function viewOf(one: StoredFunction, version: StoredVersion) {
  const isLatest = version.version === '$LATEST';
  return {
    FunctionName: one.name,
    FunctionArn: isLatest ? one.arn : `${one.arn}:${version.version}`,
    Version: version.version,
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/checkout',
    Handler: version.handler,
    Timeout: version.timeout,
    MemorySize: 128,
    CodeSha256: version.codeSha256,
    RevisionId: version.revisionId,
    LastModified: new Date(version.lastModified).toISOString().replace('Z', '+0000'),
    State: version.state,
    StateReason: version.stateReason,
    LastUpdateStatus: version.lastUpdateStatus,
    LastUpdateStatusReason: version.lastUpdateStatusReason,
    Environment: version.isSealed
      ? {
          Error: {
            ErrorCode: 'AccessDeniedException',
            Message: 'Lambda was unable to decrypt your environment variables.',
          },
        }
      : { Variables: version.variables },
  };
}

/**
 * What a list shows of it: without these, as https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html says
 * (and without StateReasonCode, LastUpdateStatusReasonCode and RuntimeVersionConfig, which nothing has here).
 */
export function listedView(one: StoredFunction, version: StoredVersion) {
  const {
    State: _state,
    StateReason: _why,
    LastUpdateStatus: _status,
    LastUpdateStatusReason: _because,
    ...rest
  } = viewOf(one, version);
  return rest;
}

/** With where its code is: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
export function wholeView(one: StoredFunction, version: StoredVersion) {
  const location = `https://awslambda.s3.amazonaws.com/snapshots/000000000000/${one.name}?X-Amz-Expires=600`;
  return {
    Configuration: viewOf(one, version),
    Code: { RepositoryType: 'S3', Location: location },
    Tags: {},
  };
}

export function aliasView(one: StoredFunction, alias: StoredAlias) {
  return {
    AliasArn: `${one.arn}:${alias.name}`,
    Name: alias.name,
    FunctionVersion: alias.version,
    RevisionId: alias.revisionId,
    ...(Object.keys(alias.weights).length > 0 && {
      RoutingConfig: { AdditionalVersionWeights: alias.weights },
    }),
  };
}
