"""What a study is: study.yaml, read strictly into frozen dataclasses.

An unknown key, a wrong type or a value out of range is an error that says what to write instead.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "sections": [
            "BranchesConfig",
            "ContoursConfig",
            "DataConfig",
            "EvaluateConfig",
            "HeadConfig",
            "ModelConfig",
            "TrainConfig",
            "ViewsConfig",
        ],
        "study": ["Study", "dump_study", "load_study"],
    },
)
