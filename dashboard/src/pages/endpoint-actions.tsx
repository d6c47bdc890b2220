import { useNavigate } from "@tanstack/react-router";
import { useId, useRef } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import type { EndpointAddress } from "../api/resources.ts";
import type { EndpointOut, EndpointQueueOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { useViewer } from "../components/viewer.ts";

export interface EndpointActionsProps {
  readonly address: EndpointAddress;
  readonly endpoint: EndpointOut;
  readonly queue: EndpointQueueOut | undefined;
}

/** What can be done with an endpoint as it is now. */
export function EndpointActions({ address, endpoint, queue }: EndpointActionsProps) {
  const api = useApi();
  const url = path`/api/v1/app/${address.application}/endpoint/${address.endpoint}`;
  const isOperator = useViewer().kind === "operator";
  const byHand = queue?.pausedBy === "operator";
  const rests =
    queue !== undefined && !byHand && (queue.state === "paused" || queue.heldUntil !== null);
  const pending = queue?.pending ?? 0;
  return (
    <>
      {rests && !endpoint.disabled && (
        <ActionButton label="Try now" act={() => api.post(`${url}/probe`)} done="tried" />
      )}
      {isOperator && byHand && (
        <ActionButton label="Resume" act={() => api.post(`${url}/resume`)} done="resumed" />
      )}
      {isOperator && !byHand && queue !== undefined && <PauseButton url={url} />}
      {pending > 0 && (
        <ActionButton
          label="Give up what waits"
          isDangerous
          question={`${pending.toLocaleString("en")} deliveries wait. They are given up, at most 10,000 at once, and can be recovered later. What is being sent is not tried again.`}
          act={() => api.post(`${url}/queue/cancel`)}
          done="given up"
        />
      )}
      {endpoint.disabled ? (
        <ActionButton
          label="Enable"
          act={() => api.patch(url, { disabled: false })}
          done="enabled"
        />
      ) : (
        <ActionButton
          label="Disable"
          isDangerous
          question="Nothing is sent to it until it is enabled again. What comes meanwhile is kept and can be recovered; what waits now goes on then."
          act={() => api.patch(url, { disabled: true })}
          done="disabled"
        />
      )}
      <DeleteButton address={address} url={url} pending={pending} />
    </>
  );
}

/** Says what is lost, and leaves the page that there is nothing more to show on. */
function DeleteButton({
  address: { application },
  url,
  pending,
}: Pick<EndpointActionsProps, "address"> & { readonly url: string; readonly pending: number }) {
  const api = useApi();
  const navigate = useNavigate();
  const waiting =
    pending === 0
      ? "Nothing waits for it now."
      : `${pending.toLocaleString("en")} deliveries wait for it: they are given up.`;
  const act = async () => {
    await api.delete(url);
    await navigate({ to: "/applications/$application", params: { application } });
  };
  return (
    <ActionButton
      label="Delete"
      isDangerous
      question={
        <>
          <p>{waiting} Nothing more is sent to it.</p>
          <p>
            Its signing secret, its headers and its settings are lost, and it can&apos;t be brought
            back: to stop for a time, disable it instead. The messages stay.
          </p>
        </>
      }
      act={act}
      done="deleted"
    />
  );
}

/** Asks for the reason first. */
function PauseButton({ url }: { readonly url: string }) {
  const api = useApi();
  const id = useId();
  const reason = useRef<HTMLInputElement>(null);
  const question = (
    <>
      <p>
        Nothing is sent to it until it is resumed, also not by hand. What comes waits and spends no
        attempts.
      </p>
      <div className="field">
        <label htmlFor={id}>Reason</label>
        <input id={id} ref={reason} maxLength={256} autoComplete="off" />
      </div>
    </>
  );
  const act = () => {
    const text = reason.current?.value ?? "";
    return api.post(`${url}/pause`, { reason: text === "" ? null : text });
  };
  return <ActionButton label="Pause" question={question} act={act} done="paused" />;
}
