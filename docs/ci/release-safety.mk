# For a Makefile: `include release-safety.mk`, and then `make release-safety`. `.skewproof.toml` can say where the
# release's changes and the accepted hazards stand (docs/configuration.md).
SKEWPROOF ?= skewproof
RELEASE ?= skewproof.yaml
BASE ?= origin/main
EVIDENCE ?= skewproof-evidence

.PHONY: release-safety release-evidence release-baseline release-hunt

release-safety: ## what is wrong in the release and was not in BASE
	$(SKEWPROOF) diff --base "$(BASE)" "$(RELEASE)"

release-evidence: ## the report and the drawings
	mkdir -p "$(EVIDENCE)"
	$(SKEWPROOF) report "$(RELEASE)" -o "$(EVIDENCE)/report.html"
	$(SKEWPROOF) diagram "$(RELEASE)" -o "$(EVIDENCE)/drawings"

release-baseline: ## accept what is wrong now, to hear of what is new
	$(SKEWPROOF) baseline "$(RELEASE)" -o skewproof.accept.yaml

release-hunt: ## paths that nobody declared
	mkdir -p "$(EVIDENCE)"
	$(SKEWPROOF) hunt "$(RELEASE)" -o "$(EVIDENCE)/hunted"
