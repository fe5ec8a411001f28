/** The name of a region, in rotor.yaml. */
export const REGION = {
  pattern: /^[a-z]{2}(-[a-z]+)+-[0-9]+$/,
  expected: 'an AWS region, such as "eu-central-1"',
} as const;
