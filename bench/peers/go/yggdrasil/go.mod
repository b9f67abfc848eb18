module runnel.bench/yggdrasil

go 1.25.0

require github.com/yggdrasil-network/yggdrasil-go v0.5.14

replace suah.dev/protect => ./protect
