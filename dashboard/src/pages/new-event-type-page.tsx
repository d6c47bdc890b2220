import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import type { EventTypeIn } from "../api/shapes.ts";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { EventTypeForm } from "./event-type-form.tsx";

/** Adds an event type to the catalogue. */
export function NewEventTypePage() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (input: EventTypeIn) => api.post("/api/v1/event-type", input),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ to: "/event-types" });
    },
  });
  return (
    <>
      <PageHead title="Add an event type" trail={<Link to="/event-types">Event types</Link>}>
        It is shown to your customers, who choose by it what they are told of.
      </PageHead>
      <Panel title="What it is">
        <EventTypeForm
          eventType={undefined}
          submitLabel="Add"
          isPending={isPending}
          error={error}
          onSubmit={mutate}
        />
      </Panel>
    </>
  );
}
