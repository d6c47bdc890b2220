import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.ts";
import { attemptsOfMessage, type MessageAddress } from "../api/resources.ts";
import type { MessageAttemptOut } from "../api/shapes.ts";
import { TextBlock } from "../components/code.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { Facts } from "../components/panel.tsx";
import { AttemptStatus } from "../components/statuses.tsx";
import { durationOf, Instant } from "../components/time.tsx";
import { visible } from "../components/text.ts";

/** The attempts of a message at all its endpoints, the newest first, each with what was asked and what was answered. */
export function Timeline(address: MessageAddress) {
  const [iterator, setIterator] = useState<string>();
  const { data, error } = useQuery(attemptsOfMessage(useApi(), address, { iterator }));
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  if (data.data.length === 0) {
    return (
      <Nothing title="No attempts yet">What is to be sent first stands under Deliveries.</Nothing>
    );
  }
  return (
    <>
      <ol className="timeline">
        {data.data.map((attempt) => (
          <Attempt key={attempt.id} attempt={attempt} />
        ))}
      </ol>
      {(iterator !== undefined || !data.done) && (
        <nav className="pager" aria-label="Pages of attempts">
          <button
            type="button"
            disabled={iterator === undefined}
            onClick={() => setIterator(undefined)}
          >
            Newest
          </button>
          <button
            type="button"
            disabled={data.done}
            onClick={() => setIterator(data.iterator ?? undefined)}
          >
            Older
          </button>
        </nav>
      )}
    </>
  );
}

function Attempt({ attempt }: { readonly attempt: MessageAttemptOut }) {
  const { id, msgId, url, response, responseStatusCode, responseDurationMs, timestamp } = attempt;
  return (
    <li>
      <details>
        <summary>
          <AttemptStatus attempt={attempt} />
          <bdi className="timeline-url">{visible(url)}</bdi>
          <span className="faint">{durationOf(responseDurationMs)}</span>
          {attempt.triggerType === 1 && <span className="chip">by hand</span>}
          <Instant at={timestamp} />
        </summary>
        <div className="columns">
          <div>
            <h3>Request</h3>
            <Facts
              facts={[
                { name: "POST", value: <bdi>{visible(url)}</bdi> },
                { name: "webhook-id", value: <code>{msgId}</code> },
                {
                  name: "webhook-timestamp",
                  value: <code>{Math.floor(Date.parse(timestamp) / 1000)}</code>,
                },
                { name: "Attempt", value: <code>{id}</code> },
                { name: "Body", value: "the payload, as it was sent" },
              ]}
            />
          </div>
          <div>
            <h3>{responseStatusCode === 0 ? "No answer" : `Answer ${responseStatusCode}`}</h3>
            {response === "" ? (
              <p className="faint">It had no body.</p>
            ) : (
              <TextBlock label={`Answer to ${id}`} text={response} />
            )}
          </div>
        </div>
      </details>
    </li>
  );
}
