/** The API's shapes, made of docs/openapi.json by test/api/api-document.test.ts. */

export type HttpErrorOut = { readonly "code": string; readonly "detail": string; };

export type ValidationErrorItem = { readonly "loc": readonly (string)[]; readonly "msg": string; readonly "type": string; };

export type HTTPValidationError = { readonly "detail": readonly (ValidationErrorItem)[]; };

export type MessageAttempetLast = { readonly "id": string; readonly "responseStatusCode": number; readonly "timestamp": string; };

export type EndpointCreatedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; };

export type EndpointCreatedEvent = { readonly "type": "endpoint.created"; readonly "data": EndpointCreatedEventData; };

export type EndpointUpdatedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; };

export type EndpointUpdatedEvent = { readonly "type": "endpoint.updated"; readonly "data": EndpointUpdatedEventData; };

export type EndpointDeletedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; };

export type EndpointDeletedEvent = { readonly "type": "endpoint.deleted"; readonly "data": EndpointDeletedEventData; };

export type EndpointDisabledEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; readonly "failSince": string; };

export type EndpointDisabledEvent = { readonly "type": "endpoint.disabled"; readonly "data": EndpointDisabledEventData; };

export type EndpointPausedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; readonly "failSince": string; readonly "pausedUntil": string; };

export type EndpointPausedEvent = { readonly "type": "endpoint.paused"; readonly "data": EndpointPausedEventData; };

export type EndpointResumedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "endpointUid": string | null; readonly "failSince": string; };

export type EndpointResumedEvent = { readonly "type": "endpoint.resumed"; readonly "data": EndpointResumedEventData; };

export type MessageAttemptFailingEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "msgId": string; readonly "msgEventId": string | null; readonly "lastAttempt": MessageAttempetLast; };

export type MessageAttemptFailingEvent = { readonly "type": "message.attempt.failing"; readonly "data": MessageAttemptFailingEventData; };

export type MessageAttemptExhaustedEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "msgId": string; readonly "msgEventId": string | null; readonly "lastAttempt": MessageAttempetLast; };

export type MessageAttemptExhaustedEvent = { readonly "type": "message.attempt.exhausted"; readonly "data": MessageAttemptExhaustedEventData; };

export type MessageAttemptRecoveredEventData = { readonly "appId": string; readonly "appUid": string | null; readonly "endpointId": string; readonly "msgId": string; readonly "msgEventId": string | null; readonly "lastAttempt": MessageAttempetLast; };

export type MessageAttemptRecoveredEvent = { readonly "type": "message.attempt.recovered"; readonly "data": MessageAttemptRecoveredEventData; };

export type ApplicationIn = { readonly "name": string; readonly "uid"?: string | null; readonly "throttleRate"?: number | null; readonly "retentionDays"?: number | null; readonly "metadata"?: Readonly<Record<string, string>>; };

export type ApplicationPatch = { readonly "name"?: string; readonly "uid"?: string | null; readonly "throttleRate"?: number | null; readonly "retentionDays"?: number | null; readonly "metadata"?: Readonly<Record<string, string>>; };

export type ApplicationOut = { readonly "id": string; readonly "name": string; readonly "uid": string | null; readonly "throttleRate": number | null; readonly "retentionDays": number | null; readonly "metadata": Readonly<Record<string, string>>; readonly "createdAt": string; readonly "updatedAt": string; };

export type ListResponse_ApplicationOut_ = { readonly "data": readonly (ApplicationOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EndpointIn = { readonly "url": string; readonly "uid"?: string | null; readonly "description"?: string; readonly "disabled"?: boolean; readonly "eventTypes"?: readonly (string)[] | null; readonly "channels"?: readonly (string)[] | null; readonly "throttleRate"?: number | null; readonly "ordered"?: boolean; readonly "metadata"?: Readonly<Record<string, string>>; readonly "basicAuth"?: { readonly "username": string; readonly "password": string; } | null; readonly "tls"?: { readonly "authorities"?: string | null; readonly "client"?: { readonly "certificate": string; readonly "key": string; } | null; } | null; readonly "secret"?: string | null; readonly "headers"?: Readonly<Record<string, string>> | null; };

export type EndpointUpdate = { readonly "url": string; readonly "uid"?: string | null; readonly "description"?: string; readonly "disabled"?: boolean; readonly "eventTypes"?: readonly (string)[] | null; readonly "channels"?: readonly (string)[] | null; readonly "throttleRate"?: number | null; readonly "ordered"?: boolean; readonly "metadata"?: Readonly<Record<string, string>>; readonly "basicAuth"?: { readonly "username": string; readonly "password": string; } | null; readonly "tls"?: { readonly "authorities"?: string | null; readonly "client"?: { readonly "certificate": string; readonly "key": string; } | null; } | null; };

export type EndpointPatch = { readonly "url"?: string; readonly "uid"?: string | null; readonly "description"?: string; readonly "disabled"?: boolean; readonly "eventTypes"?: readonly (string)[] | null; readonly "channels"?: readonly (string)[] | null; readonly "throttleRate"?: number | null; readonly "ordered"?: boolean; readonly "metadata"?: Readonly<Record<string, string>>; readonly "basicAuth"?: { readonly "username": string; readonly "password": string; } | null; readonly "tls"?: { readonly "authorities"?: string | null; readonly "client"?: { readonly "certificate": string; readonly "key": string; } | null; } | null; };

export type EndpointOut = { readonly "id": string; readonly "url": string; readonly "uid": string | null; readonly "description": string; readonly "disabled": boolean; readonly "eventTypes": readonly (string)[] | null; readonly "channels": readonly (string)[] | null; readonly "throttleRate": number | null; readonly "ordered": boolean; readonly "hasBasicAuth": boolean; readonly "tls": { readonly "authorities": string | null; readonly "client": { readonly "certificate": string; } | null; } | null; readonly "metadata": Readonly<Record<string, string>>; readonly "createdAt": string; readonly "updatedAt": string; };

export type ListResponse_EndpointOut_ = { readonly "data": readonly (EndpointOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EndpointHeadersIn = { readonly "headers": Readonly<Record<string, string>>; };

export type EndpointHeadersPatchIn = { readonly "headers": Readonly<Record<string, string | null>>; readonly "deleteHeaders"?: readonly (string)[]; };

export type EndpointHeadersOut = { readonly "headers": Readonly<Record<string, string>>; readonly "sensitive": readonly (string)[]; };

export type EndpointSecretOut = { readonly "key": string; };

export type EndpointSecretRotateIn = { readonly "key"?: string | null; readonly "gracePeriodSeconds"?: number | null; };

export type EventTypeIn = { readonly "name": string; readonly "description": string; readonly "archived"?: boolean; readonly "deprecated"?: boolean; readonly "featureFlag"?: string | null; readonly "schemas"?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null; };

export type EventTypeUpdate = { readonly "description": string; readonly "archived"?: boolean; readonly "deprecated"?: boolean; readonly "featureFlag"?: string | null; readonly "schemas"?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null; };

export type EventTypePatch = { readonly "description"?: string; readonly "archived"?: boolean; readonly "deprecated"?: boolean; readonly "featureFlag"?: string | null; readonly "schemas"?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null; };

export type EventTypeOut = { readonly "name": string; readonly "description": string; readonly "archived": boolean; readonly "deprecated": boolean; readonly "featureFlag": string | null; readonly "schemas": Readonly<Record<string, Readonly<Record<string, unknown>>>> | null; readonly "createdAt": string; readonly "updatedAt": string; };

export type ListResponse_EventTypeOut_ = { readonly "data": readonly (EventTypeOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type MessageIn = { readonly "application"?: ApplicationIn | null; readonly "eventType": string; readonly "payload": Readonly<Record<string, unknown>>; readonly "eventId"?: string | null; readonly "channels"?: readonly (string)[] | null; readonly "tags"?: readonly (string)[] | null; readonly "payloadRetentionPeriod"?: number | null; };

export type MessageOut = { readonly "id": string; readonly "eventType": string; readonly "payload": Readonly<Record<string, unknown>>; readonly "eventId": string | null; readonly "channels": readonly (string)[] | null; readonly "tags": readonly (string)[] | null; readonly "timestamp": string; };

export type ListResponse_MessageOut_ = { readonly "data": readonly (MessageOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type MessageBatchResultOut = { readonly "status": "accepted"; readonly "id": string; readonly "timestamp": string; } | { readonly "status": "duplicate"; } | { readonly "status": "rejected"; readonly "detail": readonly (ValidationErrorItem)[]; };

export type MessageBatchOut = { readonly "data": readonly (MessageBatchResultOut)[]; };

export type MessageAttemptOut = { readonly "id": string; readonly "msgId": string; readonly "endpointId": string; readonly "url": string; readonly "response": string; readonly "responseStatusCode": number; readonly "responseDurationMs": number; readonly "status": 0 | 1 | 2 | 3; readonly "statusText": "success" | "pending" | "fail" | "sending"; readonly "triggerType": 0 | 1; readonly "timestamp": string; };

export type ListResponse_MessageAttemptOut_ = { readonly "data": readonly (MessageAttemptOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EmptyResponse = {  };

export type RecoverIn = { readonly "since": string; readonly "until"?: string | null; };

export type RecoverOut = { readonly "id": string; readonly "status": "running"; readonly "task": "endpoint.recover"; readonly "updatedAt": string; };

export type ReplayIn = { readonly "since": string; readonly "until"?: string | null; };

export type BulkReplayIn = { readonly "since": string; readonly "until"?: string | null; readonly "eventTypes"?: readonly (string)[] | null; readonly "channel"?: string | null; readonly "tag"?: string | null; readonly "status"?: 0 | 2 | null; readonly "statusCodeClass"?: null; };

export type ReplayOut = { readonly "id": string; readonly "status": "running"; readonly "task": "endpoint.replay" | "endpoint.bulk-replay"; readonly "updatedAt": string; };

export type ArchiveReplayIn = { readonly "since": string; readonly "until"?: string | null; readonly "eventTypes"?: readonly (string)[] | null; readonly "channel"?: string | null; readonly "tag"?: string | null; readonly "status"?: 0 | 2 | null; readonly "endpointId"?: string | null; };

export type ArchiveReplayOut = { readonly "id": string; readonly "status": "running"; readonly "task": "endpoint.bulk-replay"; readonly "updatedAt": string; };

export type EventExampleIn = { readonly "eventType": string; };

export type BackgroundTaskOut = { readonly "id": string; readonly "task": "endpoint.recover" | "endpoint.replay" | "endpoint.bulk-replay"; readonly "status": "running" | "finished" | "failed"; readonly "updatedAt": string; readonly "data": { readonly "appId": string; readonly "endpointId": string | null; readonly "action": "send" | "cancel"; readonly "archived": boolean; readonly "since": string; readonly "until": string; readonly "messagesSent": number; readonly "messagesCancelled": number; readonly "examined": number; readonly "total": number | null; readonly "failure": "cancelled" | "endpoint_deleted" | "archive_unreadable" | null; }; };

export type ListResponse_BackgroundTaskOut_ = { readonly "data": readonly (BackgroundTaskOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type ApiKeyIn = { readonly "name": string; readonly "application"?: string | null; readonly "expiresAt"?: string | null; };

export type ApiKeyOut = { readonly "id": string; readonly "name": string; readonly "application": string | null; readonly "createdAt": string; readonly "expiresAt": string | null; };

export type NewApiKeyOut = { readonly "id": string; readonly "name": string; readonly "application": string | null; readonly "createdAt": string; readonly "expiresAt": string | null; readonly "token": string; };

export type ListResponse_ApiKeyOut_ = { readonly "data": readonly (ApiKeyOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type AppPortalAccessIn = { readonly "application"?: ApplicationIn | null; readonly "expiry"?: number | null; readonly "featureFlags"?: readonly (string)[]; readonly "readOnly"?: boolean | null; readonly "capabilities"?: null; };

export type AppPortalAccessOut = { readonly "url": string; readonly "token": string; };

export type MessageEndpointOut = { readonly "id": string; readonly "url": string; readonly "uid": string | null; readonly "description": string; readonly "disabled": boolean; readonly "eventTypes": readonly (string)[] | null; readonly "channels": readonly (string)[] | null; readonly "throttleRate": number | null; readonly "ordered": boolean; readonly "hasBasicAuth": boolean; readonly "tls": { readonly "authorities": string | null; readonly "client": { readonly "certificate": string; } | null; } | null; readonly "createdAt": string; readonly "updatedAt": string; readonly "status": 0 | 1 | 2 | 3; readonly "statusText": "success" | "pending" | "fail" | "sending"; readonly "nextAttempt": string | null; };

export type ListResponse_MessageEndpointOut_ = { readonly "data": readonly (MessageEndpointOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EndpointMessageOut = { readonly "id": string; readonly "eventType": string; readonly "payload": Readonly<Record<string, unknown>>; readonly "eventId": string | null; readonly "channels": readonly (string)[] | null; readonly "tags": readonly (string)[] | null; readonly "timestamp": string; readonly "status": 0 | 1 | 2 | 3; readonly "statusText": "success" | "pending" | "fail" | "sending"; readonly "nextAttempt": string | null; };

export type ListResponse_EndpointMessageOut_ = { readonly "data": readonly (EndpointMessageOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EndpointStats = { readonly "success": number; readonly "pending": number; readonly "sending": number; readonly "fail": number; readonly "canceled": number; };

export type EndpointQueueMinute = { readonly "at": string; readonly "succeeded": number; readonly "failed": number; readonly "unanswered": number; };

export type EndpointQueueApplication = { readonly "pending": number; readonly "inFlight": number; readonly "throttleRate": number | null; };

export type EndpointQueueOut = { readonly "pending": number; readonly "exact": boolean; readonly "inFlight": number; readonly "concurrency": number; readonly "throttleRate": number | null; readonly "oldest": string | null; readonly "state": "working" | "failing" | "paused" | "probing"; readonly "failSince": string | null; readonly "pausedUntil": string | null; readonly "pausedBy": "failures" | "operator" | null; readonly "pauseReason": string | null; readonly "heldUntil": string | null; readonly "minutes": readonly (EndpointQueueMinute)[]; readonly "application": EndpointQueueApplication; };

export type OverviewMinuteOut = { readonly "at": string; readonly "messages": number; readonly "delivered": number; readonly "failed": number; readonly "givenUp": number; readonly "latencyP50Ms": number | null; readonly "latencyP99Ms": number | null; };

export type OverviewEndpointOut = { readonly "appId": string; readonly "appName": string; readonly "endpointId": string; readonly "url": string; readonly "disabled": boolean; readonly "pending": number; readonly "inFlight": number; readonly "oldest": string | null; readonly "state": "working" | "failing" | "paused" | "probing"; readonly "failSince": string | null; readonly "pausedUntil": string | null; readonly "pausedBy": "failures" | "operator" | null; readonly "pauseReason": string | null; readonly "heldUntil": string | null; readonly "succeeded": number; readonly "failed": number; };

export type OverviewOut = { readonly "at": string; readonly "endpoints": number; readonly "failing": number; readonly "pending": number; readonly "inFlight": number; readonly "oldest": string | null; readonly "worst": readonly (OverviewEndpointOut)[]; readonly "minutes": readonly (OverviewMinuteOut)[]; };

export type ActivityMessageOut = { readonly "appId": string; readonly "id": string; readonly "eventType": string; readonly "eventId": string | null; readonly "channels": readonly (string)[] | null; readonly "timestamp": string; };

export type ActivityAttemptOut = { readonly "appId": string; readonly "msgId": string; readonly "endpointId": string; readonly "eventType": string; readonly "attempt": number; readonly "status": 0 | 1 | 2 | 3; readonly "statusText": "success" | "pending" | "fail" | "sending"; readonly "responseStatusCode": number; readonly "reason": string | null; readonly "responseDurationMs": number; readonly "settled": "delivered" | "gone" | "exhausted" | "cancelled" | null; readonly "nextAttempt": string | null; readonly "timestamp": string; };

export type JobDbOut = { readonly "number": number; readonly "state": "open" | "sealed" | "drained"; readonly "firstAt": string; readonly "lastAt": string; readonly "writtenAt": string; readonly "bytes": number; };

export type JobDbsOut = { readonly "jobDbs": readonly (JobDbOut)[]; readonly "bytes": number; readonly "freeBytes": number | null; readonly "archive": { readonly "stored": number; readonly "bytes": number; readonly "failures": number; }; readonly "dropped": number; readonly "damaged": number; };

export type ArchiveOut = { readonly "name": string; readonly "jobDb": number | null; readonly "kind": "history" | "undelivered" | null; readonly "writtenAt": string | null; readonly "content": { readonly "messages": number; readonly "deliveries": number; readonly "attempts": number; readonly "undelivered": number; readonly "blocks": number; readonly "bytes": number; readonly "from": string | null; readonly "to": string | null; } | null; readonly "damage": string | null; };

export type ListResponse_ArchiveOut_ = { readonly "data": readonly (ArchiveOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type EndpointQueueCancelOut = { readonly "cancelled": number; readonly "done": boolean; };

export type EndpointQueueCancelMatchingIn = { readonly "since"?: string | null; readonly "until"?: string | null; readonly "eventTypes"?: readonly (string)[] | null; readonly "channel"?: string | null; readonly "tag"?: string | null; };

export type EndpointQueueCancelMatchingOut = { readonly "id": string; readonly "status": "running"; readonly "task": "endpoint.bulk-replay"; readonly "updatedAt": string; };

export type EndpointQueueCountOut = { readonly "messages": number | null; };

export type EndpointProbeOut = { readonly "rested": boolean; };

export type EndpointPauseIn = { readonly "reason"?: string | null; readonly "until"?: string | null; } | null;

export type EndpointResumeOut = { readonly "resumed": boolean; };

export type ArrivalHeaderOut = { readonly "name": string; readonly "value": string; };

export type ArrivalOut = { readonly "id": string; readonly "at": string; readonly "headers": readonly (ArrivalHeaderOut)[]; readonly "body": string; readonly "verified": boolean; readonly "state": "waiting" | "answered" | "unheard" | "late"; readonly "status": number | null; readonly "afterMs": number | null; };

export type ArrivalsOut = { readonly "data": readonly (ArrivalOut)[]; };

export type ArrivalAnswerIn = { readonly "status": number; readonly "retryAfter"?: string | null; readonly "body"?: string; };

export type AuditEntryOut = { readonly "id": string; readonly "timestamp": string; readonly "operation": string; readonly "outcome": "done" | "asked" | "failed" | "told" | "refused"; readonly "credential": { readonly "kind": "token" | "key" | "server"; readonly "id": string; }; readonly "scope": string | null; readonly "client": string; readonly "application": string | null; readonly "subjects": Readonly<Record<string, string>>; readonly "hash": string; };

export type ListResponse_AuditEntryOut_ = { readonly "data": readonly (AuditEntryOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type ErasureIn = { readonly "application": string; readonly "endpoint"?: string | null; readonly "message"?: string | null; };

export type ErasureOut = { readonly "id": string; readonly "status": "running" | "finished"; readonly "application": string; readonly "endpoint": string | null; readonly "message": string | null; readonly "createdAt": string; readonly "updatedAt": string; readonly "receipt": { readonly "jobDbs": readonly ({ readonly "jobDb": number; readonly "messages": number; readonly "attempts": number; })[]; readonly "archives": readonly ({ readonly "name": string; readonly "messages": number; readonly "attempts": number; readonly "sha256": string; })[]; readonly "damaged": readonly ({ readonly "name": string; readonly "why": string; })[]; readonly "quarantined": readonly (number)[]; }; readonly "receiptSha256": string | null; };

export type ListResponse_ErasureOut_ = { readonly "data": readonly (ErasureOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };

export type OperationalWebhookEndpointUpsertIn = { readonly "url": string; readonly "uid"?: string | null; readonly "description"?: string; readonly "disabled"?: boolean; readonly "throttleRate"?: number | null; readonly "ordered"?: boolean; readonly "metadata"?: Readonly<Record<string, string>>; readonly "basicAuth"?: { readonly "username": string; readonly "password": string; } | null; readonly "tls"?: { readonly "authorities"?: string | null; readonly "client"?: { readonly "certificate": string; readonly "key": string; } | null; } | null; readonly "eventTypes"?: readonly ("endpoint.created" | "endpoint.updated" | "endpoint.deleted" | "endpoint.disabled" | "endpoint.paused" | "endpoint.resumed" | "message.attempt.exhausted" | "message.attempt.failing" | "message.attempt.recovered")[] | null; };

export type OperationalWebhookEndpointIn = { readonly "url": string; readonly "uid"?: string | null; readonly "description"?: string; readonly "disabled"?: boolean; readonly "throttleRate"?: number | null; readonly "ordered"?: boolean; readonly "metadata"?: Readonly<Record<string, string>>; readonly "basicAuth"?: { readonly "username": string; readonly "password": string; } | null; readonly "tls"?: { readonly "authorities"?: string | null; readonly "client"?: { readonly "certificate": string; readonly "key": string; } | null; } | null; readonly "eventTypes"?: readonly ("endpoint.created" | "endpoint.updated" | "endpoint.deleted" | "endpoint.disabled" | "endpoint.paused" | "endpoint.resumed" | "message.attempt.exhausted" | "message.attempt.failing" | "message.attempt.recovered")[] | null; readonly "secret"?: string | null; readonly "headers"?: Readonly<Record<string, string>> | null; };

export type OperationalWebhookEndpointOut = { readonly "id": string; readonly "url": string; readonly "uid": string | null; readonly "description": string; readonly "disabled": boolean; readonly "eventTypes": readonly (string)[] | null; readonly "throttleRate": number | null; readonly "ordered": boolean; readonly "hasBasicAuth": boolean; readonly "tls": { readonly "authorities": string | null; readonly "client": { readonly "certificate": string; } | null; } | null; readonly "metadata": Readonly<Record<string, string>>; readonly "createdAt": string; readonly "updatedAt": string; };

export type ListResponse_OperationalWebhookEndpointOut_ = { readonly "data": readonly (OperationalWebhookEndpointOut)[]; readonly "iterator": string | null; readonly "prevIterator": string | null; readonly "done": boolean; };
