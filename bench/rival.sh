#!/usr/bin/env bash
# What is done by hand today: reset the token, store it, hand it out, reload. bench/rival.ts sets the variables.
# It knows no way back: what goes wrong after the reset leaves a live token that nobody has.
set -euo pipefail
umask 077

reset_token() {
  curl --silent --show-error --fail --cacert "$CA_FILE" --config - --request POST \
    "$CLOUD_URL/api/v1/deployments/$DEPLOYMENT_ID/apm/$REF_ID/_reset-token" <<<"header = \"Authorization: ApiKey $EC_API_KEY\"" |
    sed -n 's/.*"secret_token" *: *"\([^"]*\)".*/\1/p'
}

store_with_aws() {
  aws secretsmanager put-secret-value --endpoint-url "$SECRETS_URL" --ca-bundle "$CA_FILE" \
    --secret-id "$SECRET_ID" --secret-string file:///dev/stdin <<<"$token" >/dev/null
}

store_with_curl() {
  curl --silent --show-error --fail --cacert "$CA_FILE" --config - --aws-sigv4 "aws:amz:$AWS_REGION:secretsmanager" \
    --header 'content-type: application/x-amz-json-1.1' --header 'x-amz-target: secretsmanager.PutSecretValue' \
    "$SECRETS_URL/" >/dev/null <<END
user = "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"
data = "{\"SecretId\":\"$SECRET_ID\",\"SecretString\":\"$token\",\"ClientRequestToken\":\"$(cat /proc/sys/kernel/random/uuid)\"}"
END
}

token=$(reset_token)
[ -n "$token" ]
"store_with_$STORE_WITH"
printf %s "$token" >"$TOKEN_FILE.new"
mv "$TOKEN_FILE.new" "$TOKEN_FILE"
sh -c "$RELOAD"
