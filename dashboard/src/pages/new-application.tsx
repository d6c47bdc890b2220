import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import type { ApplicationIn, ApplicationOut } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";

/** Adds a customer, and goes to its page. */
export function NewApplication() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (input: ApplicationIn) => api.post<ApplicationOut>("/api/v1/app", input),
    onSuccess: async ({ id: application }) => {
      await queries.invalidateQueries();
      await navigate({ to: "/applications/$application", params: { application } });
    },
  });
  return (
    <Panel title="New application">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(applicationIn(event.currentTarget));
        }}
      >
        <LabelledInput label="Name" name="name" required />
        <LabelledInput label="UID, your own id for it (not needed)" name="uid" maxLength={256} />
        <button type="submit" className="primary" disabled={isPending}>
          Add
        </button>
      </form>
      {error !== null && <ProblemNotice error={error} />}
    </Panel>
  );
}

function applicationIn(form: HTMLFormElement): ApplicationIn {
  const uid = formText(form, "uid");
  return { name: formText(form, "name"), ...(uid === "" ? {} : { uid }) };
}
