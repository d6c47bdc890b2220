import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context.ts";
import type { ApiKeyIn, NewApiKeyOut } from "../api/shapes.ts";
import { CopyText } from "../components/code.tsx";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { instantOfLocal } from "../components/local-time.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";

/** Makes a key, and shows it this once. */
export function NewApiKey() {
  const api = useApi();
  const queries = useQueryClient();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: (input: ApiKeyIn) => api.post<NewApiKeyOut>("/api/v1/auth/key", input),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Panel title="New key">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(apiKeyIn(event.currentTarget));
        }}
      >
        <LabelledInput label="Name" name="name" required maxLength={256} />
        <LabelledInput
          label="Only for the application (id or UID)"
          name="application"
          placeholder="all"
        />
        <LabelledInput label="Until (never, if left out)" name="expiresAt" type="datetime-local" />
        <button type="submit" className="primary" disabled={isPending}>
          Make
        </button>
      </form>
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && (
        <p className="notice" role="status">
          Copy it now, it is not told again: <CopyText text={data.token} label="the key" />
        </p>
      )}
    </Panel>
  );
}

function apiKeyIn(form: HTMLFormElement): ApiKeyIn {
  const application = formText(form, "application");
  return {
    name: formText(form, "name"),
    application: application === "" ? null : application,
    expiresAt: instantOfLocal(formText(form, "expiresAt")) ?? null,
  };
}
