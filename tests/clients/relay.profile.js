// What an app with Relay has: a query, a fragment that can be fetched again, a list that goes on, and a mutation.
import { graphql } from "relay-runtime";

export const query = graphql`
  query ProfileQuery($id: ID!, $size: Int!) {
    user(id: $id) {
      name
      ...ProfileButtons_user
      ...ProfileHistory_user @arguments(size: $size)
    }
  }
`;
export const buttons = graphql`
  fragment ProfileButtons_user on User @refetchable(queryName: "ProfileButtonsQuery") {
    id
    version
    availableTransitions {
      allowed
      transition { key label }
      subject { id }
    }
  }
`;
export const history = graphql`
  fragment ProfileHistory_user on User
  @refetchable(queryName: "ProfileHistoryQuery")
  @argumentDefinitions(size: { type: "Int!" }, after: { type: "String" }) {
    history(first: $size, after: $after) @connection(key: "ProfileHistory_history") {
      edges { node { id to { label } effectiveAt } }
    }
  }
`;
export const mutation = graphql`
  mutation ProfileMutation($input: PerformTransitionInput!) {
    performTransition(input: $input) {
      subject { id version statuses { machine status { key label } } }
      userErrors { code message }
    }
  }
`;
