"""Classes, roles and parts of structures as queries of their own: evaluating and tuning a checkpoint on them."""
