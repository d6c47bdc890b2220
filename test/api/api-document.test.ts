/** docs/openapi.json, docs/api.md and the dashboard's shapes are what the routes say. `UPDATE_DOCS=1 npm test` writes them again. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { openApiOf } from "../../src/api/openapi.ts";
import { createTestApi } from "./test-api.ts";
import { typeDeclarationsOf } from "./type-declarations.ts";

const documents = new URL("../../docs/", import.meta.url);
const { server } = await createTestApi();
const openApi = await openApiOf(server);
await server.close();

const files = {
  "openapi.json": `${JSON.stringify(openApi, undefined, 2)}\n`,
  "api.md": apiPage(),
  // What the dashboard knows of the API, as any client does.
  "../dashboard/src/api/shapes.ts": `/** The API's shapes, made of docs/openapi.json by test/api/api-document.test.ts. */

${typeDeclarationsOf(openApi.components?.schemas ?? {})}`,
};

for (const [name, expected] of Object.entries(files)) {
  test(`${name} is what the routes say`, () => {
    const path = new URL(name, documents);
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, expected);
    assert.equal(readFileSync(path, "utf8"), expected);
  });
}

function apiPage(): string {
  const rows = Object.entries(openApi.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]: [string, Operation]) => {
      const answers = Object.keys(operation.responses ?? {}).join(", ");
      return `| ${method.toUpperCase()} | \`${path}\` | ${operation.summary ?? ""} | ${answers} |`;
    }),
  );
  return `# The API

These operations of the Svix API are there, in its paths, shapes and status codes, with or without a trailing slash. The Svix SDKs are clients:
set their \`serverUrl\`. A running server has this as OpenAPI 3.1 at \`/api/v1/openapi.json\`; a copy is in [openapi.json](openapi.json).
To read in a browser it is at \`/docs\`: without a token, asking nobody else for anything, and for reading only.

## Operations

| | path | | answers |
|---|---|---|---|
${rows.join("\n")}

## Tokens

- **Token**: \`Authorization: Bearer …\`, a JWT or an API key; \`posthorn token\` prints a JWT. Health asks for none. In a JWT, \`sub\` is the
  organisation; if it has the claim \`org\`, that is the organisation, and \`sub\` the id of the one application that the token is for.
  It is signed by the algorithm of \`POSTHORN_JWT_ALGORITHM\`: HS256, HS384 or HS512 with the server's secret, or RS256, RS384, RS512 or EdDSA
  with a key of yours whose public half the server has; then the server's own tokens are signed with HS256.
- **An application's token** (or key) may do what \`x-scope\` in openapi.json calls \`application\`, with that application alone: another one is 404, any other
  operation 403. So it reads the application, its messages, attempts and the event types, and manages its endpoints; it creates no messages.
- **API keys** (\`pk_…\`) are stored hashed and shown once. One that is deleted, and a token that is logged out, is refused at once, after a restart too.
  \`auth/logout\` is for an application's token only.
- **\`auth/app-portal-access\`** makes an application's token, for 7 days unless \`expiry\` says otherwise. Its \`url\` opens the portal
  with it, as a link or in a frame (\`POSTHORN_PORTAL_FRAME_ANCESTORS\`); \`&theme=dark\` or \`&theme=light\` behind it chooses the colours. \`featureFlags\` is not looked at, and \`capabilities\` is refused. With \`readOnly\` the token only reads: whatever changes
  something is 403, and so is an endpoint's signing secret.

## Applications and endpoints

- **\`app_id\` and \`endpoint_id\`** may be the id or the \`uid\`, and \`msg_id\` the message's \`eventId\`. A repeated \`eventId\` is refused (409), in a batch as \`duplicate\`.
- **PUT** replaces all fields (an endpoint's secret and headers stay), or creates what the \`uid\` in the path names; an unknown id is 404. A \`uid\` that is left out
  stays if the path has it. **PATCH** changes what is given; null takes away. A URL given as it is shown keeps its user information, any other does not.
- **\`application\`** in a message, a batch's message or \`auth/app-portal-access\` makes the application if there is none of the path's name, which becomes its uid: one
  that is given has to be the same (422). If there is one, it is ignored; a path that has the form of an id makes none (404).
- **\`throttleRate\`** of an endpoint or an application is attempts per second, retries and resends among them, an application's over all of its endpoints. It is kept in
  every window of one second where they start, and where they arrive if the way there takes no more than 25 ms longer for one than for another; so 96 % of it is used. What comes faster waits its turn. A change counts from the next attempt on, at the latest after a second. A restart begins anew.
- **\`retentionDays\`** of an application (ours, 1 to 3,650) is how long its history is kept: for these days at least, and its payloads at most. History is dropped a file at a time, and a file has
  messages of many applications: it goes when the longest retention among them is over for its newest message. Null: the server's (\`POSTHORN_RETENTION_DAYS\`). A change counts for all of the history at
  once. The payload of a message is erased after these days if \`payloadRetentionPeriod\` says no less, as the application was when the message was accepted. \`POSTHORN_HISTORY_BYTES\` goes before.
- **\`ordered\`** of an endpoint (ours): its messages arrive strictly in the order of acceptance. One request is open at a time, and the next message goes out when
  the one before it is settled, durably: delivered, given up on, or cancelled as its payload was erased. While it waits for its retry everything behind it waits, so one
  message that is never taken holds the others up for the whole retry schedule (75 hours by default), and a paused endpoint is probed with that message alone, when its retry is due.
  To go on before that, repair the endpoint and resend that message by hand, or turn \`ordered\` off. It holds across restarts and crashes: after one, the message that was under way may come
  twice, but none before it. What is resent or recovered is no part of the order and goes out between the others, one at a time too. Turned on, it begins when what is
  being sent has ended, with the oldest message that is not settled; turned off, everything goes out as to other endpoints.

## Queues, pauses, watching and trying out

- **An endpoint that only fails** for 30 seconds, in five attempts or more, is paused: what waits for it spends no attempts, and one delivery is tried after 10 seconds,
  then at waits that double, up to 10 minutes. The first 2xx ends it. It is disabled when it has only failed for five days, whatever restarts lie between.
  429, 502, 504 and \`Retry-After\` (up to an hour) hold all of its deliveries. What is resent by hand goes out all the same, if no more than 128 retries are due.
  Enabled again or at another URL it starts anew; any other change makes a paused one be tried at once.
- **An endpoint's queue** (\`…/queue\`, ours): what is not settled, what of it could be sent now since when, what is being sent, how many requests may be open, whether it is
  paused or held and until when, and the attempts of the last hour by the minute. \`pending\` is counted as it changes, never by looking at rows; while
  \`exact\` is false, what an earlier run left may not be found yet, and what a resend by hand has delivered may still be counted. The minutes begin anew with a restart.
- **\`activity/stream\`** (ours) tells what happens to messages while it does, as server-sent events: \`begun\`, then a \`message\` for each that was accepted and an \`attempt\` for each that has ended, of the organisation's
  applications or of one (\`app/{app_id}/activity/stream\`, which an application's token may read too). Nothing that happened before \`begun\` is told. An attempt is told when its answer is there, some milliseconds before lists have it. Whoever reads
  slowly holds up nobody: ${limits.activityWaitingMax} events wait, more are left out, and \`dropped\` says how many. Every 15 seconds there is a comment, and a stream whose token is not valid any more ends. ${limits.activityStreamsMax} may be open.
- **\`overview\`** (ours) is how everything of an organisation is doing: what waits, what fails, the last hour by the minute, the worst endpoints. \`overview/stream\` tells it once a second, as server-sent events, for five minutes or as often
  as \`limit\` says; then open it anew. It is read from counters that begin anew with a restart, and is up to two seconds old.
- **The inspector** (ours) is a built-in receiver for trying things out: an endpoint whose URL is \`http://inspector.invalid/\` is answered by the server itself, without a request
  on any network, and all else about it (queue, retries, signature, pause) is an endpoint's. The URL says how: \`?status=503&delayMs=200&failureShare=0.5\` (200 at once if left out; the
  share is answered 500). \`…/arrival\` lists what came, with headers, body, whether the signature is by the endpoint's secret, and what it was answered; \`…/arrival/stream\` goes on with it as server-sent
  events. It is kept in memory: 100 requests and 2 MiB for an endpoint, 8 MiB for an organisation, nothing across a restart. 100 attempts a second go there, the rest waits.
- **A listener** (ours) answers itself: at \`http://inspector.invalid/listener\` an attempt waits for \`PUT …/arrival/{arrival_id}/answer\` by who follows \`…/arrival/listen\`, and gets 503 while nobody does.
  Whoever listens takes the place of who has before. At \`http://inspector.invalid/listener?temporary=true\` the endpoint is deleted when nobody has listened for five minutes. \`posthorn listen\` does all this for a server on your machine.
- **\`job-db\`** (ours) lists the files that messages are in, with what is free on their disk and what was archived. It is the whole server's, and tells nothing of whose messages are where.
- **\`archive\`** (ours) lists what is in the archive, by the JobDbs' numbers, the newest first: rows, bytes, from when to when the messages are, when it was written, and whether its manifest is damaged and how. A page reads its own manifests and no others,
  from the archive itself each time. It is the whole server's too. Without an archive it is 404, and 503 while the archive can't be reached.
- **\`…/probe\`** (ours) has an endpoint that is paused or held tried at once, instead of when its time comes; a success ends the pause.
- **\`…/pause\`** and **\`…/resume\`** (ours, of the organisation's tokens alone): from the answer on no attempt starts, scheduled or by hand, until the endpoint is resumed or \`until\` comes. Messages
  are accepted and wait, no attempt is spent, and what is under way ends as ever. It holds across restarts, and neither a success nor a change of the endpoint ends it; a probe is refused (409). Afterwards
  it starts from one request, and what had failed before counts no more. \`…/queue\` and \`overview\` tell it: \`state\` is \`paused\`, \`pausedBy\` is \`operator\` (\`failures\` if it rests by itself), with \`pauseReason\` and \`pausedUntil\`.
- **\`…/queue/cancel\`** (ours) gives up what waits for an endpoint, disabled or not: first attempts, retries and resends, at most 10,000 in one request; repeat it until \`done\`. What is being
  sent is not tried again, and when nothing else is left the answer waits for its outcome, up to 35 s (\`done\` is false if there is none by then). Each is an
  attempt with status 2 and without an answer, as that of an erased payload, and can be recovered. A crash in between leaves the rest waiting, and of what was being sent all that has no outcome.
- **\`…/queue/cancel-matching\`** (ours) gives up what waits of the messages of a filter (\`since\`, \`until\`, \`eventTypes\`, \`channel\`, \`tag\`; without any, of all) as a background task, however much it is; a field that it does not
  know is refused, as a misspelt filter would give up everything. It looks at messages in the order of acceptance, made before it began if \`until\` is left out. The rest of the queue goes on meanwhile; in strict order what follows a head that is given up is next. What is being
  sent is not tried again, and the task ends when that has an outcome: after a crash it looks there once more. \`GET …/queue/count\` with the same filter in its query (\`event_types\`) says of how many messages something waits, or null if there are more than 100,000 to look at.

## Requests and answers

- **Event types**: DELETE archives, and creating it again brings it back; with \`expunge=true\` its name is free.
- **Payloads** are kept and sent as the bytes that came; nothing else of the body is.
- **Errors**: 422 is \`{"detail": [{"loc": […], "msg": "…", "type": "…"}]}\` with every wrong field of the body, path or query; all others are
  \`{"code": "…", "detail": "…"}\`. 413 is a body over 1 MiB (2 MiB for a batch), 400 a body that is not JSON, 503 (with \`Retry-After\`) a server that can't accept now.
- **Much at once**: an application has up to 1,000 messages in hand, from its request's turn to the answer; requests with more wait for their turn, whatever others do. When 1,000
  requests or 16 MiB of one application wait, the next one is answered 429 with \`Retry-After\`, and the clients try again. The same if more comes than the operator's
  rate allows (\`POSTHORN_INGEST_RATE\`, of an application, and \`POSTHORN_ORGANIZATION_INGEST_RATE\`): that is decided before the body is read, and a repeated request is told so too.
- **Batches** (ours, not Svix's): a JSON array, or NDJSON as \`application/x-ndjson\`. The answer has one result for each message in order, \`accepted\` with
  its id or \`rejected\` with what is wrong with it, and is 202 even if all are rejected. The accepted ones are stored in one transaction: all or none. A batch
  that can't be split into messages, or has more than 1,000, is refused whole (400, 422); so is an array with a message that is nested too deep, as nobody looks where such a one ends.
- **\`Idempotency-Key\`** (1 to 256 printable ASCII characters) on any POST: for 12 hours a request that is repeated with its key is answered as it was the
  first time, same status and same body (but for a payload that was expunged since), whatever the second one says, and does nothing; across restarts and crashes too. Twins at the same time wait for the first. Only 2xx
  is kept: what was refused may be corrected and sent under the same key. A key is the organisation's (an application's, if the token is) and the path's own, so
  another path is another request; a new token is not. \`auth/logout\` is the token's own. It goes before \`eventId\`: a repeated message is 202, not 409. On other methods it is not looked at.
- **Lists**: \`limit\` is 50 if left out and never more than 250; \`iterator\` gives the next page, \`prevIterator\` the one before.

## What becomes of messages, and sending them again

- **Attempts** have status 0 (success) or 2 (fail): they are there when their outcome is.
- **Deliveries** (a message at one endpoint) have status 0 (success), 1 (pending: never attempted, or waiting for its retry) or 2 (fail: given up on, or the
  endpoint was disabled). A success counts whenever it came. An endpoint's counts (\`…/stats\`, by \`event_types\`, \`channel\` and \`tag\` too, which are ours) are of at most 100,000 messages; above that, narrow the span (422).
- **Sending again**: \`…/resend\` makes one attempt as soon as the endpoint's queue lets it, to any enabled endpoint of the application, whether the message was
  for it or not. If it fails, whatever else is planned still is; a success ends it. \`…/recover\` begins a background task that sends, in the order of acceptance, what has
  failed or was skipped at the endpoint among the messages since \`since\` (and before \`until\`), each through the whole retry schedule anew. \`…/replay-missing\` sends what
  the endpoint asks for now (event types, channels) and was never sent by the schedule: it was made, changed or enabled later. What it has had by hand is left out.
  \`…/bulk-replay\` sends again, by event types, channel, tag and status, what was delivered or has failed; what is pending is on its way and left out.
  \`statusCodeClass\` is refused. A disabled endpoint is refused (409): enable it first.
- **\`…/app/{app_id}/archive-replay\`** (ours, for the organisation's tokens) is a \`bulk-replay\` of what was dropped too: to the endpoint \`endpointId\`, or to all that are enabled when their turn comes, each message
  as its own delivery there stands. What only the archive has is restored one JobDb at a time, in the order of time, while the disk has room, and stays for a day at least. It goes as its slowest endpoint takes it; name one to be rid of the
  others. \`data.total\` is null: nobody counts what is in the archive. Without an archive it is refused (409).
- **Background tasks** are what these four and \`queue/cancel-matching\` begin, told to the organisation's tokens in the paths of Svix's hosted API: \`data.messagesSent\` (\`data.messagesCancelled\` if \`data.action\` is \`cancel\`; Svix's clients know no type for that, so it is told
  as \`endpoint.bulk-replay\`), \`data.examined\` (messages looked at) and
  \`data.total\` (what it was about when it began, if that was at most 100,000 deliveries to count). A task goes on after a restart and sends nothing twice. It waits while 1,000 resends
  have not begun at its endpoint, organisations take turns, and what is resent by hand goes first. \`POST …/background-task/{task_id}/cancel\` (ours) ends
  one after the step under way (at most 250 messages); what it has sent by then goes on. It is \`failed\` then, as Svix's clients know no other status, and \`data.failure\` says why:
  \`cancelled\`, \`endpoint_deleted\`, or \`archive_unreadable\`: what it needs of the archive is damaged, of a newer program, or the archive is off. One that can't be reached is tried again.
- **\`…/send-example\`** makes a message for that endpoint alone, whatever that asks for, with an example of the event type's newest schema: what the schema's author wrote down
  (\`examples\`, \`example\`, \`const\`, \`default\`, \`enum\`), else made up by its types. Without a schema it is \`{}\`. The event type must exist (404).

## Erasing, and the audit log

- **Erasing**: \`DELETE …/content\` takes a message's payload, or what an endpoint answered, off the disk. The payload is told as \`{"expired": true}\` from then on, can't be sent
  again (409), and what waits to be sent of it is cancelled when its turn comes, which is an attempt with status 2 and without an answer. The same happens to a
  payload after its \`payloadRetentionPeriod\` (5 to 90 days, 90 if left out; its application's \`retentionDays\` if that is less), within an hour or so.
- **Erasing for good** (\`POST /api/v1/erasure\`, ours) takes an application's data off the disk, in all JobDbs and in the archive: payloads, event ids, channels and tags of its messages, and what was
  answered to them and where they went. With \`message\` of one message only; with \`endpoint\` only what that one answered. The application and the endpoint may be deleted already. It is durable when it is
  answered 202 and goes on after a restart. Rows stay, as ids and counts do; what waits to be sent is cancelled. It covers what is stored when its turn comes: an attempt that is under way stores its answer after that, so delete or
  disable the endpoints first. The receipt says how many rows were in the scope and where, which archives could not be read, and which JobDbs are set aside as damaged; its SHA-256 is in the audit log.
  Not erased: names, URLs and settings of applications and endpoints, the audit log, answers kept for idempotency keys (12 hours), backups, and what a disk keeps of blocks that were written over.
- **The audit log** (\`/api/v1/audit-log\`, ours) has every call that changes something, tells a secret, sends something again or erases something: who (the credential and what it is
  for, the address it came from), what (operation and ids, never a secret or a payload), when, and the outcome. A change of applications, endpoints, event types or keys and its entry are one
  transaction (\`done\`). What else is done is entered first (\`asked\`; \`failed\` too if it was not done), and so is a secret that is told (\`told\`). \`refused\` is a change that something stands
  against (409). Not in it: creating messages, reading and what is refused before it is tried (401, 403, 404, 422). What the server does by itself has the credential \`server\`: an endpoint that it disables (\`server.endpoint.disable\`,
  in the change's transaction), a temporary one that it deletes (\`server.endpoint.delete\`, likewise), and a file of history that it drops (\`server.history.drop\`, right after that; of no organisation, so only \`posthorn audit export\` shows it). Retries, pauses and payloads whose retention is over are not in it. Without the control store such calls answer 503.

## Operational webhooks

- **Operational webhooks**: endpoints of the operator's own, in the paths and shapes of Svix's hosted API (\`svix.operationalWebhook.endpoint\`), are told what
  happens to the endpoints and deliveries of the organisation's applications, in Svix's shapes. (\`webhooks\` in openapi.json). That needs nothing else to be set up. These messages are signed,
  retried and listed (\`…/attempt\`, ours) as any others are; each thing is told in one message, whatever crashes, but not in strict order. Nobody is told what
  happens to operational endpoints themselves, nor of what happened before the organisation first had one.
  - \`endpoint.created\`, \`endpoint.updated\` (also by a change of its headers, not by one of its secret), \`endpoint.deleted\` (also with its application).
  - \`endpoint.disabled\`: it answered 410, at \`failSince\`, or has only failed since then, for five days. If you disable it yourself, that is \`endpoint.updated\`.
  - \`endpoint.paused\` and \`endpoint.resumed\` (ours): it has only failed since \`failSince\` and is left alone until \`pausedUntil\`; it is back.
  - \`message.attempt.failing\`: the fourth attempt by the schedule has failed, and another is planned. \`message.attempt.exhausted\`: the last one has failed.
    \`message.attempt.recovered\`: the endpoint has taken a message of which one of those was told.

This page and openapi.json are made from the routes; a test compares them.
`;
}

interface Operation {
  readonly summary?: string;
  readonly responses?: object;
}
