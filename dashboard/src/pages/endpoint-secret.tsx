import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { type EndpointAddress, endpointSecret } from "../api/resources.ts";
import { ActionButton } from "../components/action-button.tsx";
import { CopyText } from "../components/code.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";

/** What an endpoint verifies its messages with: shown when it is asked for, and changed. */
export function EndpointSecret(address: EndpointAddress) {
  const [isShown, setIsShown] = useState(false);
  const api = useApi();
  const { data, error } = useQuery({ ...endpointSecret(api, address), enabled: isShown });
  const url = path`/api/v1/app/${address.application}/endpoint/${address.endpoint}/secret/rotate`;
  return (
    <Panel
      title="Signing secret"
      actions={
        <>
          <button type="button" aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
            {isShown ? "Hide the secret" : "Show the secret"}
          </button>
          <ActionButton
            label="Rotate"
            isDangerous
            question="A new secret is made. For 24 hours messages are signed with the old one too, so there is time to change over."
            act={() => api.post(url, {})}
            done="rotated"
          />
        </>
      }
    >
      {error !== null && <ProblemNotice error={error} />}
      {isShown && data !== undefined ? (
        <CopyText text={data.key} label="the secret" />
      ) : (
        <p className="faint">
          Each message is signed with it, by the Standard Webhooks specification: verify that before
          you believe one.
        </p>
      )}
    </Panel>
  );
}
