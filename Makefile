# Everything a person runs. `make demo` and `make test` are the two that matter.
SHELL := /bin/bash
PREFIX ?= /usr/local
RID ?= linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)

.PHONY: demo test bench format install clean

demo:              ## a whole cloud on this machine, with every flow shown
	@./vicinal demo $(ARGS)

test:              ## installs what the tests need, then runs all of them
	@scripts/test

bench:             ## measures; results with their conditions go to bench/RESULTS.md
	@scripts/bench $(ARGS)

format:            ## puts the code into the house style
	dotnet format Vicinal.slnx

install:           ## a self-contained single file: make install PREFIX=/usr/local
	dotnet publish src/Vicinal.Cli -c Release -r $(RID) --self-contained \
	  -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true -p:DebugType=none \
	  -p:RestoreLockedMode=false -p:NuGetLockFilePath=obj/publish.lock.json -o artifacts/install
	install -D -m 0755 artifacts/install/vicinal $(DESTDIR)$(PREFIX)/bin/vicinal

clean:
	rm -rf artifacts src/*/bin src/*/obj tests/*/bin tests/*/obj bench/*/bin bench/*/obj
